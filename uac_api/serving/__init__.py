"""How uac_api is served: gunicorn's configuration, and a worker that slow clients cannot hold.

- `worker.py`: the worker process, on gunicorn's extension point `gunicorn.workers.base.Worker`.
- `event_loop.py`: connections without a thread, until a request has arrived and after its answer.
- `framing.py`: where a request ends in the bytes that have come.
- `connection.py`, `output.py`, `pace.py`: one connection, its answers, its client's speed.
- `request.py`: one request in a thread: gunicorn's parser, WSGI, the body from the socket.
- `shares.py`: how many connections and threads one address may have.
"""
