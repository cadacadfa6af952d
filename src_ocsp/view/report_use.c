/* What to type to use the result: commands, and a few lines for OpenCV. */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "layers/layer_type.h"
#include "view/html.h"
#include "view/report_parts.h"

/* Words of the commands, ready to be typed. */
struct words {
    bool detector, lacks_map; /* the host has no command `detector map` */
    const char *cfg, *weights;
    const char *data;
    size_t data_length;
};

/* n bytes between two `mark`s; of those in `special`, each is written as `before`, itself
 * and `behind`. */
static void write_quoted(FILE *out, const char *text, size_t n, const char *mark,
                         const char *special, const char *before, const char *behind)
{
    ocsp_html_text(out, mark);
    while (n > 0) {
        size_t plain = strcspn(text, special);
        plain = plain < n ? plain : n;
        ocsp_html_part(out, text, plain);
        text += plain;
        n -= plain;
        if (n > 0) {
            ocsp_html_text(out, before);
            ocsp_html_part(out, text++, 1);
            ocsp_html_text(out, behind);
            n--;
        }
    }
    ocsp_html_text(out, mark);
}

/* A word of n bytes for a shell, in quotes where it needs them. */
static void write_word(FILE *out, const char *word, size_t n)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789_@%+=:,./-";

    if (strspn(word, plain) >= n)
        ocsp_html_part(out, word, n);
    else
        write_quoted(out, word, n, "'", "'", "'\\", "'");
}

/* A string literal of Python and C++. */
static void write_literal(FILE *out, const char *text)
{
    write_quoted(out, text, strlen(text), "\"", "\\\"", "\\", "");
}

static void begin_code(FILE *out, const char *title)
{
    ocsp_html(out, "<h3>%s</h3>\n<pre tabindex=\"0\"><code>", title);
}

static void end_code(FILE *out)
{
    fputs("</code></pre>\n", out);
}

/* "darknet ocsp detector map D.data N.cfg N.weights REST" */
static void write_command(FILE *out, const struct words *w, const char *program,
                          const char *verb, const char *rest)
{
    ocsp_html(out, "%s %s %s ", program, w->detector ? "detector" : "classifier", verb);
    write_word(out, w->data, w->data_length);
    fputc(' ', out);
    write_word(out, w->cfg, strlen(w->cfg));
    fputc(' ', out);
    write_word(out, w->weights, strlen(w->weights));
    ocsp_html(out, "%s%s\n", *rest ? " " : "", rest);
}

/* Under another name, so that its files are not those of the net that it begins with. */
static void write_training(FILE *out, const struct words *w)
{
    const char *end = strrchr(w->cfg, '.');
    const size_t stem =
        end && !strchr(end, '/') ? (size_t)(end - w->cfg) : strlen(w->cfg);
    char copy[PATH_MAX];
    struct words other = *w;

    if (snprintf(copy, sizeof copy, "%.*s_again.cfg", (int)stem, w->cfg) >=
        (int)sizeof copy)
        return;
    other.cfg = copy;
    begin_code(out, "Train it on, from the start of its schedule");
    fputs("cp ", out);
    write_word(out, w->cfg, strlen(w->cfg));
    fputc(' ', out);
    write_word(out, copy, strlen(copy));
    fputc('\n', out);
    write_command(out, &other, "darknet ocsp", "train", "-reduce none -clear");
    end_code(out);
}

static void write_commands(FILE *out, const struct words *w)
{
    begin_code(out, "Measure its accuracy");
    write_command(out, w, "darknet ocsp", w->detector && !w->lacks_map ? "map" : "valid",
                  "");
    end_code(out);
    begin_code(out, "Try it on an image, in a Darknet without ocsp");
    write_command(out, w, "darknet", w->detector ? "test" : "predict", "image.jpg");
    end_code(out);
    write_training(out, w);
}

static void write_opencv(FILE *out, const struct words *w, const struct ocsp_graph *graph)
{
    const char *swap = graph->c == 3 ? "True" : "False";

    begin_code(out, "Python with OpenCV");
    fputs("import cv2\n\nnet = cv2.dnn.readNetFromDarknet(", out);
    write_literal(out, w->cfg);
    fputs(", ", out);
    write_literal(out, w->weights);
    ocsp_html(
        out,
        ")\nimage = cv2.imread(\"image.jpg\")\nnet.setInput(cv2.dnn.blobFromImage("
        "image, 1 / 255, (%d, %d), swapRB=%s, crop=%s))\noutput = net.forward(%s)\n",
        graph->w, graph->h, swap, w->detector ? "False" : "True",
        w->detector ? "net.getUnconnectedOutLayersNames()" : "");
    end_code(out);
    begin_code(out, "C++ with OpenCV");
    fputs("cv::dnn::Net net = cv::dnn::readNetFromDarknet(", out);
    write_literal(out, w->cfg);
    fputs(", ", out);
    write_literal(out, w->weights);
    ocsp_html(
        out,
        ");\nnet.setInput(cv::dnn::blobFromImage(cv::imread(\"image.jpg\"), 1 / 255.0, "
        "cv::Size(%d, %d), cv::Scalar(), %s, %s));\n",
        graph->w, graph->h, graph->c == 3 ? "true" : "false",
        w->detector ? "false" : "true");
    fputs(w->detector ? "std::vector&lt;cv::Mat&gt; output;\nnet.forward(output, "
                        "net.getUnconnectedOutLayersNames());\n"
                      : "cv::Mat output = net.forward();\n",
          out);
    end_code(out);
}

static bool is_detector(const struct ocsp_report *r)
{
    const struct ocsp_graph *graph = r->before.graph;
    const char *command = r->run ? ocsp_run_text(r->run, "command") : NULL;

    if (command)
        return strncmp(command, "ocsp detector ", strlen("ocsp detector ")) == 0;
    for (int i = 0; i < graph->n_layers; i++)
        if (ocsp_layer_is(&graph->layers[i], "yolo") ||
            ocsp_layer_is(&graph->layers[i], "region"))
            return true;
    return false;
}

static void write_how(FILE *out, const struct ocsp_report *r,
                      const struct ocsp_lint *lint)
{
    const struct ocsp_report_net *net = r->after.graph ? &r->after : &r->before;
    const char *host = r->run ? ocsp_run_text(r->run, "host") : NULL;
    struct words words = {.detector = is_detector(r),
                          .lacks_map = host && strcmp(host, "Debian") == 0,
                          .cfg = net->cfg,
                          .weights = net->weights ? net->weights : "N.weights"};

    words.data = r->run ? ocsp_run_word(r->run, ".data", &words.data_length) : NULL;
    if (!words.data) {
        words.data = "D.data";
        words.data_length = strlen(words.data);
    }
    if (r->run && strstr(words.weights, "_pruned_best.weights"))
        fputs("<p class=\"hint\">These are the weights of the epoch that was best on "
              "<code>valid=</code>. Those behind the last iteration end with "
              "<code>_pruned_final.weights</code>.</p>\n",
              out);
    write_commands(out, &words);
    if (ocsp_lint_accepts(lint, OCSP_OPENCV))
        write_opencv(out, &words, net->graph);
    else
        fputs("<p class=\"hint\">OpenCV does not read this net rightly: see below.</p>\n",
              out);
}

void ocsp_report_use(FILE *out, const struct ocsp_report *r,
                     const struct ocsp_report_lint *lint)
{
    if (r->run && !r->after.graph)
        fputs("<p class=\"hint\">There is no pruned pair yet.</p>\n", out);
    else
        write_how(out, r, r->after.graph ? &lint->after : &lint->before);
}
