#include "cli/label_box.h"

#include <string.h>

/* A centre may lie a whole image away, and a box be two images wide, before its numbers
 * are no shares of the image. */
#define FARTHEST 1.f
#define LARGEST 2.f
/* Beyond the image, what rounding does not explain. */
#define BEYOND 1e-3f

static uint32_t bit(enum ocsp_label_kind kind)
{
    return (uint32_t)1 << kind;
}

enum ocsp_status ocsp_label_class_check(long id, const struct ocsp_box_text *text,
                                        const struct ocsp_label_limits *limits,
                                        struct ocsp_error *err)
{
    if (id >= 0 && id < limits->classes)
        return OCSP_OK;
    return ocsp_fail(err, OCSP_E_CONFLICT, text->path, text->line,
                     "class %ld, but the net has %ld, which count from 0: correct the "
                     "label, or classes= in the cfg",
                     id, limits->classes);
}

static enum ocsp_status check_shares(const struct ocsp_box *box,
                                     const struct ocsp_box_text *text,
                                     struct ocsp_error *err)
{
    const struct {
        const char *name;
        float value, least, most;
    } shares[] = {{"x", box->x, -FARTHEST, 1 + FARTHEST},
                  {"y", box->y, -FARTHEST, 1 + FARTHEST},
                  {"width", box->w, -LARGEST, LARGEST},
                  {"height", box->h, -LARGEST, LARGEST}};

    for (size_t k = 0; k < sizeof shares / sizeof *shares; k++)
        if (shares[k].value < shares[k].least || shares[k].value > shares[k].most)
            return ocsp_fail(err, OCSP_E_RANGE, text->path, text->line,
                             "%s=%g: Darknet takes shares of the image, from 0 to 1, not "
                             "pixels",
                             shares[k].name, (double)shares[k].value);
    for (size_t k = 2; k < sizeof shares / sizeof *shares; k++)
        if (shares[k].value < 0)
            return ocsp_fail(err, OCSP_E_RANGE, text->path, text->line,
                             "%s=%g: a box is a centre and a size, which is not negative",
                             shares[k].name, (double)shares[k].value);
    return OCSP_OK;
}

/* `what` of a box, and what becomes of it. */
static enum ocsp_status meet(enum ocsp_box_fate fate, const char *what,
                             const struct ocsp_box_text *text,
                             const struct ocsp_label_limits *limits,
                             struct ocsp_error *err)
{
    const char *host = limits->host->name;

    if (limits->drops_none)
        return OCSP_OK;
    if (fate == OCSP_BOX_CRASHES)
        return ocsp_fail(err, OCSP_E_UNSUPPORTED, text->path, text->line,
                         "%s, for which %s's Darknet writes behind its arrays: remove it",
                         what, host);
    if (fate == OCSP_BOX_NOTED &&
        (strlen(text->path) > limits->host->labels->noted_path ||
         strpbrk(text->path, "\"'`\\$&|;<>()*?[]{}!#~")))
        return ocsp_fail(err, OCSP_E_UNSUPPORTED, text->path, text->line,
                         "%s, of which %s's Darknet makes a note by a shell, and this "
                         "file's name is too long or has signs of a shell: remove it",
                         what, host);
    return OCSP_OK;
}

static float within_image(float x)
{
    return x < 0 ? 0 : x > 1 ? 1 : x;
}

static enum ocsp_status check_place(const struct ocsp_box *box,
                                    const struct ocsp_box_text *text,
                                    const struct ocsp_label_limits *limits,
                                    uint32_t *kinds, struct ocsp_error *err)
{
    const float left = box->x - box->w / 2, right = box->x + box->w / 2;
    const float top = box->y - box->h / 2, bottom = box->y + box->h / 2;

    if (right < 0 || bottom < 0 || left > 1 || top > 1) {
        *kinds |= bit(OCSP_LABEL_OUTSIDE);
        return meet(limits->host->labels->outside, "a box outside the image", text,
                    limits, err);
    }
    if ((double)(within_image(right) - within_image(left)) < limits->least_w ||
        (double)(within_image(bottom) - within_image(top)) < limits->least_h)
        *kinds |= bit(OCSP_LABEL_SMALL);
    if (left < -BEYOND || top < -BEYOND || right > 1 + BEYOND || bottom > 1 + BEYOND)
        *kinds |= bit(OCSP_LABEL_BEYOND);
    return OCSP_OK;
}

enum ocsp_status ocsp_label_box_check(const struct ocsp_box *box,
                                      const struct ocsp_box_text *text,
                                      const struct ocsp_label_limits *limits,
                                      uint32_t *kinds, struct ocsp_error *err)
{
    if (ocsp_label_class_check(box->id, text, limits, err) ||
        check_shares(box, text, err))
        return err->status;
    if (box->x != 0 || box->y != 0)
        return check_place(box, text, limits, kinds, err);
    if (limits->corner_is_class || limits->drops_none)
        return OCSP_OK;
    *kinds |= bit(OCSP_LABEL_CORNER);
    return meet(limits->host->labels->corner, "a box with its centre at 0 0", text,
                limits, err);
}
