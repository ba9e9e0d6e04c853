/* One decoding step of the whole layer stack: every weight is read once, from where it lies.
 *
 * A step multiplies each weight with a handful of vectors, so its time is the time to read the weights. General matrix
 * libraries first copy them into another layout, and calling them operation by operation costs as much again.
 *
 * - bf16: weights as the checkpoint has them, products summed in fp32.
 * - int8: weights stored with 128 added (unsigned) and one scale a row; activations are quantised here, symmetrically, in
 *   groups of 64 with a scale each. sum((w + 128) x) - 128 sum(x) leaves one correction for a whole vector.
 * - A team of threads shares the rows of every matrix; sums run in a fixed order, so results do not depend on timing.
 * - Sizes are a checkpoint's: nothing whose size they choose lies on the stack, every malloc is looked at, and widths and
 *   places that the loops would overrun are refused.
 *
 * Row-major matrices [rows, width]; widths are multiples of 64 (int8) or of 32 (bf16).
 */
#include <math.h>
#include <omp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#if defined(__AVX512BF16__) || defined(__AVX512VNNI__)
#include <immintrin.h>
#endif

enum { TILE = 4, GROUP = 64, PAIR = 32 };

/* What a call returns. */
enum { DONE, NO_MEMORY, BAD_SIZES };

/* One weight matrix; scale is NULL for bf16. */
typedef struct { const void *data; const float *scale; } Matrix;
typedef struct { Matrix gate, up, down; int64_t inner; } Expert;

/* Pairs of a token and one of its experts, sorted by expert: those of expert e are first[e] to first[e + 1]. */
typedef struct { int64_t *token, *pair, *first; float *weight; int64_t count; } Plan;

typedef struct { int64_t rows, hidden, heads, kv_heads, width, top_k; float eps; } Sizes;

/* Of one layer. A dense one is a mixture of none with one shared expert. */
typedef struct {
    const uint16_t *attention_norm, *feed_forward_norm;
    Matrix query, key, value, out;
    const float *router;
    const Expert *experts;  /* routed ones, then the shared one */
    int64_t routed, shared;
    uint16_t *keys, *values;  /* in the cache, of row 0 */
} Layer;

/* Where each row is: strides of its keys in elements, the place of the new one, how many it sees, its angle. */
typedef struct {
    int64_t row, head, most;
    const int64_t *slot, *used;
    const float *cosine, *sine;
} Cache;

/* Vectors to multiply with, as both kinds of matrices want them. */
typedef struct { uint16_t *bf16; int8_t *quantised; float *scale; float *offset; int64_t width; } Vectors;

static inline float widen(uint16_t x) {
    uint32_t bits = (uint32_t)x << 16;
    float out;
    memcpy(&out, &bits, 4);
    return out;
}

static inline uint16_t narrow(float x) {  /* round to nearest even */
    uint32_t bits;
    memcpy(&bits, &x, 4);
    if ((bits & 0x7fffffffu) > 0x7f800000u) return (uint16_t)((bits >> 16) | 0x40);
    return (uint16_t)((bits + 0x7fffu + ((bits >> 16) & 1)) >> 16);
}

/* The rows that this thread of the team takes. */
typedef struct { int64_t from, to; } Share;

static Share share(int64_t rows) {
    int64_t threads = omp_get_num_threads(), me = omp_get_thread_num();
    return (Share){rows * me / threads, rows * (me + 1) / threads};
}

typedef struct {
    Vectors in, middle;
    float *left, *right, *score, *weight, *probability;
    float *wide;  /* a vector for each thread */
    int64_t widest;
    uint16_t *query;
    int64_t *index, *each;
    Plan plan;
} Scratch;

/* NULL for want of memory alone, whatever malloc makes of nothing. */
static void *take(int64_t count, size_t size) { return malloc(count ? count * size : 1); }

static Vectors allocate(int64_t count, int64_t width) {
    int64_t groups = width / GROUP + 1;
    Vectors v = {take(count * width, sizeof(uint16_t)), take(count * width, 1), take(count * groups, sizeof(float)),
                 take(count, sizeof(float)), width};
    return v;
}

static int allocated(const Vectors *v) { return v->bf16 && v->quantised && v->scale && v->offset; }

static void release(Vectors *v) {
    free(v->bf16); free(v->quantised); free(v->scale); free(v->offset);
}

/* Quantise vector `index`: per group, x ~ scale * q with q in -127..127. */
static void quantise(const Vectors *v, int64_t index, const float *x, int64_t width) {
    int8_t *q = v->quantised + index * v->width;
    float *scale = v->scale + index * (v->width / GROUP + 1), offset = 0;
    for (int64_t g = 0; g < width / GROUP; g++) {
        const float *part = x + g * GROUP;
        float largest = 0;
        int sum = 0;
#pragma omp simd reduction(max : largest)
        for (int i = 0; i < GROUP; i++) largest = fabsf(part[i]) > largest ? fabsf(part[i]) : largest;
        float inverse = largest > 0 ? 127 / largest : 0;
#pragma omp simd reduction(+ : sum)
        for (int i = 0; i < GROUP; i++) {
            int value = (int)rintf(part[i] * inverse);
            q[g * GROUP + i] = (int8_t)value;
            sum += value;
        }
        scale[g] = largest / 127;
        offset += 128 * scale[g] * sum;
    }
    v->offset[index] = offset;
}

/* Vector `index` = x, in the kind that the matrices want. */
static void put(const Vectors *v, int64_t index, const float *x, int64_t width, int quantised) {
    if (quantised) quantise(v, index, x, width);
    for (int64_t k = 0; k < width; k++) v->bf16[index * v->width + k] = narrow(x[k]);
}

/* A tile: four independent sums a vector, which hide the latency of one. With few vectors they are four parts of one row,
 * so that memory is read in one stream; with more they are four rows, so that each part of a vector is loaded once.
 *
 * out[r][i] = row r . vector which[i]; `rows` (1 or TILE) and `count` are constants wherever these are inlined. */
#define PART(q, step) ((rows == 1 ? k + (q) * (step) : k))
/* Ask for weights some rows ahead: the processor's own guess breaks off at pages and between streams. Worth a fifth of the
 * speed for one vector and half for eight. */
#define FETCH(address) __builtin_prefetch((const char *)(address) + 12288)
#define ROW(q) (row + (rows == 1 ? 0 : (q) * width))

static inline __attribute__((always_inline)) void tile_bf16(
    const uint16_t *row, const int rows, const Vectors *v, const int64_t *which, const int count, int64_t width,
    float out[TILE][TILE]) {
    const uint16_t *x[TILE];
    for (int i = 0; i < count; i++) x[i] = v->bf16 + which[i] * v->width;
#if defined(__AVX512BF16__)
    enum { STEP = 32 };
    __m512 sum[TILE][TILE];
    for (int q = 0; q < TILE; q++)
        for (int i = 0; i < count; i++) sum[q][i] = _mm512_setzero_ps();
    const int64_t stride = rows == 1 ? TILE * STEP : STEP;
    int64_t k = 0;
    for (; k + stride <= width; k += stride)
        for (int q = 0; q < TILE; q++) {
            FETCH(ROW(q) + PART(q, STEP));
            __m512bh w = (__m512bh)_mm512_loadu_si512(ROW(q) + PART(q, STEP));
            for (int i = 0; i < count; i++)
                sum[q][i] = _mm512_dpbf16_ps(sum[q][i], w, (__m512bh)_mm512_loadu_si512(x[i] + PART(q, STEP)));
        }
    for (; k < width; k += STEP)  /* what four parts of a row leave over */
        for (int i = 0; i < count; i++)
            sum[0][i] = _mm512_dpbf16_ps(sum[0][i], (__m512bh)_mm512_loadu_si512(row + k),
                                         (__m512bh)_mm512_loadu_si512(x[i] + k));
    for (int i = 0; i < count; i++) {
        if (rows == 1)
            sum[0][i] = _mm512_add_ps(_mm512_add_ps(sum[0][i], sum[1][i]), _mm512_add_ps(sum[2][i], sum[3][i]));
        for (int r = 0; r < rows; r++) out[r][i] = _mm512_reduce_add_ps(sum[r][i]);
    }
#else
    for (int r = 0; r < rows; r++)
        for (int i = 0; i < count; i++) {
            float sum = 0;
#pragma omp simd reduction(+ : sum)
            for (int64_t k = 0; k < width; k++) sum += widen(row[r * width + k]) * widen(x[i][k]);
            out[r][i] = sum;
        }
#endif
}

static inline __attribute__((always_inline)) void tile_int8(
    const uint8_t *row, const float *row_scale, const int rows, const Vectors *v, const int64_t *which, const int count,
    int64_t width, float out[TILE][TILE]) {
    const int8_t *x[TILE];
    const float *scale[TILE];
    for (int i = 0; i < count; i++) {
        x[i] = v->quantised + which[i] * v->width;
        scale[i] = v->scale + which[i] * (v->width / GROUP + 1);
    }
#if defined(__AVX512VNNI__)
#define ADD(sum, w, i, at) \
    sum = _mm512_fmadd_ps( \
        _mm512_cvtepi32_ps(_mm512_dpbusd_epi32(_mm512_setzero_si512(), w, _mm512_loadu_si512(x[i] + (at)))), \
        _mm512_set1_ps(scale[i][(at) / GROUP]), sum)
    __m512 sum[TILE][TILE];
    for (int q = 0; q < TILE; q++)
        for (int i = 0; i < count; i++) sum[q][i] = _mm512_setzero_ps();
    const int64_t stride = rows == 1 ? TILE * GROUP : GROUP;
    int64_t k = 0;
    for (; k + stride <= width; k += stride)
        for (int q = 0; q < TILE; q++) {
            FETCH(ROW(q) + PART(q, GROUP));
            __m512i w = _mm512_loadu_si512(ROW(q) + PART(q, GROUP));
            for (int i = 0; i < count; i++) ADD(sum[q][i], w, i, PART(q, GROUP));
        }
    for (; k < width; k += GROUP)
        for (int i = 0; i < count; i++) ADD(sum[0][i], _mm512_loadu_si512(row + k), i, k);
    for (int i = 0; i < count; i++) {
        if (rows == 1)
            sum[0][i] = _mm512_add_ps(_mm512_add_ps(sum[0][i], sum[1][i]), _mm512_add_ps(sum[2][i], sum[3][i]));
        for (int r = 0; r < rows; r++)
            out[r][i] = row_scale[r] * (_mm512_reduce_add_ps(sum[r][i]) - v->offset[which[i]]);
    }
#else
    for (int r = 0; r < rows; r++)
        for (int i = 0; i < count; i++) {
            float sum = 0;
            for (int64_t g = 0; g < width / GROUP; g++) {
                int dot = 0;
#pragma omp simd reduction(+ : dot)
                for (int k = g * GROUP; k < (g + 1) * GROUP; k++) dot += (int)row[r * width + k] * x[i][k];
                sum += scale[i][g] * dot;
            }
            out[r][i] = row_scale[r] * (sum - v->offset[which[i]]);
        }
#endif
}

static inline __attribute__((always_inline)) void tile(
    const Matrix *m, int64_t n, const int rows, const Vectors *v, const int64_t *which, const int count, int64_t width,
    float out[TILE][TILE]) {
    if (m->scale)
        tile_int8((const uint8_t *)m->data + n * width, m->scale + n, rows, v, which, count, width, out);
    else
        tile_bf16((const uint16_t *)m->data + n * width, rows, v, which, count, width, out);
}

/* y[i * stride + n] = row n . vector which[i], for this thread's share of the rows. */
static void multiply(const Matrix *m, int64_t rows, int64_t width, const Vectors *v, const int64_t *which,
                     int64_t count, float *y, int64_t stride) {
    Share s = share(rows);
    for (int64_t n = s.from; n < s.to;) {
        int tall = count <= 2 || s.to - n < TILE ? 1 : TILE;
        for (int64_t first = 0; first < count; first += TILE) {
            int some = count - first < TILE ? (int)(count - first) : TILE;
            const int64_t *these = which + first;
            float out[TILE][TILE];
            switch (some + (tall == 1 ? 0 : TILE)) {
                case 1: tile(m, n, 1, v, these, 1, width, out); break;
                case 2: tile(m, n, 1, v, these, 2, width, out); break;
                case 3: tile(m, n, 1, v, these, 3, width, out); break;
                case 4: tile(m, n, 1, v, these, 4, width, out); break;
                case 5: tile(m, n, TILE, v, these, 1, width, out); break;
                case 6: tile(m, n, TILE, v, these, 2, width, out); break;
                case 7: tile(m, n, TILE, v, these, 3, width, out); break;
                default: tile(m, n, TILE, v, these, 4, width, out);
            }
            for (int i = 0; i < some; i++)
                for (int r = 0; r < tall; r++) y[(first + i) * stride + n + r] = out[r][i];
        }
        n += tall;
    }
}

static int fits(const Matrix *m, int64_t width) { return width > 0 && width % (m->scale ? GROUP : PAIR) == 0; }

/* y[count, rows] fp32 = x[count, width] bf16 times the transposed matrix. */
int sokdok_linear(const Matrix *m, const uint16_t *x, float *y, int64_t count, int64_t rows, int64_t width) {
    if (count < 0 || rows < 0 || !fits(m, width)) return BAD_SIZES;
    if (!count || !rows) return DONE;
    Vectors v = allocate(count, width);
    int64_t *all = take(count, sizeof(int64_t));
    float *wide = take(omp_get_max_threads() * width, sizeof(float));
    int whole = allocated(&v) && all && wide;
    if (whole)
#pragma omp parallel
    {
        float *mine = wide + omp_get_thread_num() * width;
#pragma omp for
        for (int64_t i = 0; i < count; i++) {
            for (int64_t k = 0; k < width; k++) mine[k] = widen(x[i * width + k]);
            put(&v, i, mine, width, m->scale != NULL);
            all[i] = i;
        }
        multiply(m, rows, width, &v, all, count, y, rows);
    }
    release(&v); free(all); free(wide);
    return whole ? DONE : NO_MEMORY;
}

static void plan(Plan *p, const int64_t *index, const float *weight, int64_t tokens, int64_t top_k, int64_t experts,
                 int shared) {
    p->count = 0;
    for (int64_t e = 0; e < experts; e++) {
        p->first[e] = p->count;
        for (int64_t i = 0; i < tokens * top_k; i++)
            if (index[i] == e) {
                p->token[p->count] = i / top_k;
                p->weight[p->count++] = weight[i];
            }
    }
    p->first[experts] = p->count;
    for (int64_t t = 0; shared && t < tokens; t++) {  /* the shared expert sees every token */
        p->token[p->count] = t;
        p->weight[p->count++] = 1;
    }
    p->first[experts + 1] = p->count;
    for (int64_t i = 0; i < p->count; i++) p->pair[i] = i;
}

/* gate = silu(gate) * up, in this thread's columns; both [count, stride]. */
static void activate(float *gate, const float *up, int64_t count, int64_t inner, int64_t stride) {
    Share s = share(inner);
    for (int64_t i = 0; i < count; i++)
        for (int64_t n = s.from; n < s.to; n++) {
            float x = gate[i * stride + n];
            gate[i * stride + n] = x / (1 + expf(-x)) * up[i * stride + n];
        }
}

/* a . b over `width` bf16, a multiple of 32. */
static inline float dot_pair(const uint16_t *a, const uint16_t *b, int64_t width) {
#if defined(__AVX512BF16__)
    __m512 sum = _mm512_setzero_ps();
    for (int64_t k = 0; k < width; k += 32)
        sum = _mm512_dpbf16_ps(sum, (__m512bh)_mm512_loadu_si512(a + k), (__m512bh)_mm512_loadu_si512(b + k));
    return _mm512_reduce_add_ps(sum);
#else
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t k = 0; k < width; k++) sum += widen(a[k]) * widen(b[k]);
    return sum;
#endif
}

/* One query over `count` keys and values [count, width]: out = softmax(scale query . key) values. */
static void attend(const uint16_t *query, const uint16_t *keys, const uint16_t *values, int64_t count, int64_t width,
                   float *score, float *out) {
    float largest = -INFINITY, total = 0, scale = 1 / sqrtf((float)width);
    for (int64_t s = 0; s < count; s++) {
        score[s] = scale * dot_pair(query, keys + s * width, width);
        largest = fmaxf(largest, score[s]);
    }
    memset(out, 0, width * sizeof(float));
    for (int64_t s = 0; s < count; s++) {
        const uint16_t *value = values + s * width;
        float weight = expf(score[s] - largest);
        total += weight;
#pragma omp simd
        for (int64_t k = 0; k < width; k++) out[k] += weight * widen(value[k]);
    }
    for (int64_t k = 0; k < width; k++) out[k] /= total;
}

/* in[row] = x[row] / rms(x[row]) * weight, for every row. */
static void normalise(const Scratch *w, const float *x, const uint16_t *weight, const Sizes *z, int quantised) {
    float *wide = w->wide + omp_get_thread_num() * w->widest;
#pragma omp for
    for (int64_t row = 0; row < z->rows; row++) {
        const float *from = x + row * z->hidden;
        float sum = 0;
#pragma omp simd reduction(+ : sum)
        for (int64_t k = 0; k < z->hidden; k++) sum += from[k] * from[k];
        float factor = 1 / sqrtf(sum / z->hidden + z->eps);
        for (int64_t k = 0; k < z->hidden; k++) wide[k] = from[k] * factor * widen(weight[k]);
        put(&w->in, row, wide, z->hidden, quantised);
    }
}

/* Turn the halves of x[width] by the angles of cosine and sine [width / 2]. */
static void rotate(const float *x, const float *cosine, const float *sine, int64_t width, uint16_t *out) {
    for (int64_t k = 0; k < width / 2; k++) {
        float first = x[k], second = x[k + width / 2];
        out[k] = narrow(first * cosine[k] - second * sine[k]);
        out[k + width / 2] = narrow(second * cosine[k] + first * sine[k]);
    }
}

/* x += o(attention(norm(x))); the new keys and values go into the cache. */
static void attention_block(const Layer *layer, const Sizes *z, const Cache *cache, Scratch *w, float *x) {
    int64_t heads = z->heads, kv = z->kv_heads, width = z->width, wide = heads * width, all = wide + 2 * kv * width;
    int quantised = layer->query.scale != NULL;
    normalise(w, x, layer->attention_norm, z, quantised);
    multiply(&layer->query, wide, z->hidden, &w->in, w->each, z->rows, w->left, all);
    multiply(&layer->key, kv * width, z->hidden, &w->in, w->each, z->rows, w->left + wide, all);
    multiply(&layer->value, kv * width, z->hidden, &w->in, w->each, z->rows, w->left + wide + kv * width, all);
#pragma omp barrier
#pragma omp for
    for (int64_t task = 0; task < z->rows * (heads + kv); task++) {
        int64_t row = task / (heads + kv), head = task % (heads + kv), half = width / 2;
        const float *from = w->left + row * all + head * width;
        const float *cosine = cache->cosine + row * half, *sine = cache->sine + row * half;
        if (head < heads) {
            rotate(from, cosine, sine, width, w->query + row * wide + head * width);
            continue;
        }
        int64_t at = row * cache->row + (head - heads) * cache->head + cache->slot[row] * width;
        rotate(from, cosine, sine, width, layer->keys + at);
        for (int64_t k = 0; k < width; k++) layer->values[at + k] = narrow(from[kv * width + k]);
    }
#pragma omp for
    for (int64_t task = 0; task < z->rows * heads; task++) {
        int64_t row = task / heads, head = task % heads;
        int64_t at = row * cache->row + head / (heads / kv) * cache->head;
        attend(w->query + task * width, layer->keys + at, layer->values + at, cache->used[row], width,
               w->score + omp_get_thread_num() * cache->most, w->right + task * width);
    }
#pragma omp for
    for (int64_t row = 0; row < z->rows; row++) put(&w->in, row, w->right + row * wide, wide, layer->out.scale != NULL);
    multiply(&layer->out, z->hidden, wide, &w->in, w->each, z->rows, w->left, z->hidden);
    Share s = share(z->hidden);
    for (int64_t row = 0; row < z->rows; row++)
        for (int64_t n = s.from; n < s.to; n++) x[row * z->hidden + n] += w->left[row * z->hidden + n];
#pragma omp barrier
}

/* The `top_k` likeliest experts of each row, by the softmax of its logits; weights are not renormalised. */
static void route(const float *logits, const Sizes *z, int64_t experts, Scratch *w) {
    float *probability = w->probability;
    for (int64_t row = 0; row < z->rows; row++) {
        const float *from = logits + row * experts;
        float largest = -INFINITY, total = 0;
        for (int64_t e = 0; e < experts; e++) largest = fmaxf(largest, from[e]);
        for (int64_t e = 0; e < experts; e++) total += probability[e] = expf(from[e] - largest);
        for (int64_t j = 0; j < z->top_k; j++) {
            int64_t best = 0;
            for (int64_t e = 1; e < experts; e++)
                if (probability[e] > probability[best]) best = e;
            w->index[row * z->top_k + j] = best;
            w->weight[row * z->top_k + j] = probability[best] / total;
            probability[best] = -1;
        }
    }
}

/* x += sum of weight * down(silu(gate v) * up v) over each row's experts, v = norm(x). */
static void feed_forward_block(const Layer *layer, const Sizes *z, Scratch *w, float *x) {
    int64_t experts = layer->routed, total = experts + layer->shared, widest = w->middle.width;
    int quantised = layer->experts[0].gate.scale != NULL;
    normalise(w, x, layer->feed_forward_norm, z, quantised);
#pragma omp for
    for (int64_t task = 0; task < z->rows * experts; task++) {
        const uint16_t *v = w->in.bf16 + task / experts * w->in.width;
        const float *router = layer->router + task % experts * z->hidden;
        float sum = 0;
#pragma omp simd reduction(+ : sum)
        for (int64_t k = 0; k < z->hidden; k++) sum += widen(v[k]) * router[k];
        w->right[task] = sum;
    }
#pragma omp single
    {
        if (experts) route(w->right, z, experts, w);
        plan(&w->plan, w->index, w->weight, z->rows, z->top_k, experts, layer->shared);
    }
    const Plan *p = &w->plan;
    for (int64_t e = 0; e < total; e++) {
        int64_t first = p->first[e], count = p->first[e + 1] - first, inner = layer->experts[e].inner;
        float *gate = w->left + first * widest, *up = w->right + first * widest;
        multiply(&layer->experts[e].gate, inner, z->hidden, &w->in, p->token + first, count, gate, widest);
        multiply(&layer->experts[e].up, inner, z->hidden, &w->in, p->token + first, count, up, widest);
        activate(gate, up, count, inner, widest);
    }
#pragma omp barrier
    for (int64_t e = 0; e < total; e++)
#pragma omp for nowait
        for (int64_t i = p->first[e]; i < p->first[e + 1]; i++)
            put(&w->middle, i, w->left + i * widest, layer->experts[e].inner, quantised);
#pragma omp barrier
    for (int64_t e = 0; e < total; e++) {
        int64_t first = p->first[e], count = p->first[e + 1] - first;
        multiply(&layer->experts[e].down, z->hidden, layer->experts[e].inner, &w->middle, p->pair + first, count,
                 w->right + first * widest, widest);
    }
    Share s = share(z->hidden);
    for (int64_t i = 0; i < p->count; i++)
        for (int64_t n = s.from; n < s.to; n++)
            x[p->token[i] * z->hidden + n] += p->weight[i] * w->right[i * widest + n];
#pragma omp barrier
}

static int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }

static Scratch scratch(const Layer *layers, int64_t count, const Sizes *z, const Cache *cache) {
    int64_t widest = larger(z->hidden, (z->heads + 2 * z->kv_heads) * z->width), pairs = z->rows * (z->top_k + 1);
    int64_t experts = 0;
    for (int64_t l = 0; l < count; l++) {
        experts = larger(experts, layers[l].routed);
        for (int64_t e = 0; e < layers[l].routed + layers[l].shared; e++)
            widest = larger(widest, layers[l].experts[e].inner);
    }
    int64_t floats = larger(pairs * widest, z->rows * experts), threads = omp_get_max_threads();
    Scratch w;
    w.in = allocate(z->rows, widest);
    w.middle = allocate(pairs, widest);
    w.left = take(floats, sizeof(float));
    w.right = take(floats, sizeof(float));
    w.score = take(threads * cache->most, sizeof(float));
    w.probability = take(experts, sizeof(float));
    w.wide = take(threads * widest, sizeof(float));
    w.widest = widest;
    w.query = take(z->rows * z->heads * z->width, sizeof(uint16_t));
    w.index = take(pairs, sizeof(int64_t));
    w.weight = take(pairs, sizeof(float));
    w.each = take(z->rows, sizeof(int64_t));
    for (int64_t row = 0; w.each && row < z->rows; row++) w.each[row] = row;
    w.plan = (Plan){take(pairs, sizeof(int64_t)), take(pairs, sizeof(int64_t)), take(experts + 2, sizeof(int64_t)),
                    take(pairs, sizeof(float)), 0};
    return w;
}

static int complete(const Scratch *w) {
    const Plan *p = &w->plan;
    return allocated(&w->in) && allocated(&w->middle) && w->left && w->right && w->score && w->probability && w->wide
        && w->query && w->index && w->weight && w->each && p->token && p->pair && p->first && p->weight;
}

static void discard(Scratch *w) {
    release(&w->in); release(&w->middle);
    free(w->left); free(w->right); free(w->score); free(w->probability); free(w->wide); free(w->query); free(w->index); free(w->weight); free(w->each);
    free(w->plan.token); free(w->plan.pair); free(w->plan.first); free(w->plan.weight);
}

/* Whether every loop ends where its vectors do, and every row's place lies in its cache. */
static int sound(const Layer *layers, int64_t count, const Sizes *z, const Cache *cache) {
    int64_t capacity = z->width > 0 ? cache->head / z->width : 0;
    if (z->rows < 0 || z->heads <= 0 || z->kv_heads <= 0 || z->heads % z->kv_heads || z->top_k < 0) return 0;
    if (z->width <= 0 || z->width % PAIR) return 0;
    for (int64_t row = 0; row < z->rows; row++) {
        if (cache->slot[row] < 0 || cache->slot[row] >= capacity) return 0;
        if (cache->used[row] <= 0 || cache->used[row] > cache->most || cache->most > capacity) return 0;
    }
    for (int64_t l = 0; l < count; l++) {
        if (!fits(&layers[l].query, z->hidden) || !fits(&layers[l].out, z->heads * z->width)) return 0;
        for (int64_t e = 0; e < layers[l].routed + layers[l].shared; e++)
            if (!fits(&layers[l].experts[e].down, layers[l].experts[e].inner)) return 0;
    }
    return 1;
}

/* One token a row through all layers: x[rows, hidden] fp32 in and out, before the last norm. */
int sokdok_step(const Layer *layers, int64_t count, const Sizes *sizes, const Cache *cache, float *x) {
    if (count <= 0 || sizes->rows == 0) return DONE;
    if (!sound(layers, count, sizes, cache)) return BAD_SIZES;
    Scratch w = scratch(layers, count, sizes, cache);
    int whole = complete(&w);
    if (whole)
#pragma omp parallel
    for (int64_t l = 0; l < count; l++) {
        attention_block(layers + l, sizes, cache, &w, x);
        feed_forward_block(layers + l, sizes, &w, x);
    }
    discard(&w);
    return whole ? DONE : NO_MEMORY;
}
