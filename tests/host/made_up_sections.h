/* Two sections that no Darknet knows, as somebody would add them: a layer type each, and
 * how a host computes it. Linked into the tests of own layers alone.
 *
 *     [test_gain] power=p    y = (1 + p·|x|)·g[c]·x, g 1 at first
 *     [test_twin] filters=n  y = A·x + B·x² + bias, A and B [n, c]; the file has B first
 */
#ifndef OCSP_TESTS_HOST_MADE_UP_SECTIONS_H
#define OCSP_TESTS_HOST_MADE_UP_SECTIONS_H

#define GAIN(power) "[test_gain]\npower=" power "\n"
#define TWIN(filters) "[test_twin]\nfilters=" filters "\n"

#endif
