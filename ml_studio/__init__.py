"""Browser components of ML Studio: the table of runs and the charts of their metrics.

The package bears the name of the distribution, for Streamlit looks for components only there
(`pyproject.toml` beside this file names them). Their TypeScript is in `frontend/`, and
`make components` builds it into `assets/`, which is committed: running ML Studio needs no Node.

Data goes in as Arrow tables, small state comes out; whatever needs no new data happens in the
browser. Each component has its own data, as one changed value sends all of it again.
"""
