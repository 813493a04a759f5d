"""Studio's process: what uvicorn serves, what stands before Streamlit, what surrounds a page."""
