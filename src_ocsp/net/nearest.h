/* The word that was meant where another one was typed. */
#ifndef OCSP_NET_NEAREST_H
#define OCSP_NET_NEAREST_H

#include <stdbool.h>

struct ocsp_nearest {
    const char *typed, *word; /* borrowed; word: NULL where none is near enough */
    int distance;
};

/* Looks for what `typed` was meant to be. */
struct ocsp_nearest ocsp_nearest_to(const char *typed);
/* Takes the word where it is near enough, and nearer than those before it. */
void ocsp_nearest_offer(struct ocsp_nearest *nearest, const char *word);

/* Whether so few letters differ that one was meant for the other. */
bool ocsp_nearest_is_near(const char *typed, const char *word);

/* Letters to insert, to remove, to replace, or to swap with their neighbour, until `a` is
 * `b`: the distance of Damerau and Levenshtein, in which no letter is changed twice.
 * Words of more than 40 bytes are as far as their lengths say. */
int ocsp_nearest_distance(const char *a, const char *b);

#endif
