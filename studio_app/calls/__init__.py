"""The calls of Studio to the API, one module per noun; `studio_app.client` joins them."""
