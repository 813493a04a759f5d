// Where Streamlit's server is: at the root, whatever page the address names. Without this the browser
// asks below the page's own address first, which fails.
window.__streamlit = { BACKEND_BASE_URL: window.location.origin };
