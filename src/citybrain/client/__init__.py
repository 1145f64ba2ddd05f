"""The API's clients: `Client` and `AsyncClient` speak to a running brain by HTTP and answer in types."""
