"""Our own samples, by family: rows of data. `ROWS` holds all of them."""

from conformance.cases import activation, conv, dropout, flatten, linear, loss, pooling, rnn

ROWS = [
    *linear.ROWS,
    *conv.ROWS,
    *pooling.ROWS,
    *flatten.ROWS,
    *rnn.ROWS,
    *dropout.ROWS,
    *loss.ROWS,
    *activation.ROWS,
]
