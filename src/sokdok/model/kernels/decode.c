/* Matrix-vector products for decoding: every weight is read once, from where it lies.
 *
 * A decoding step multiplies each weight with a handful of vectors, so its time is the time to read the weights. General
 * matrix libraries first copy them into another layout, which reads them twice and writes them once.
 *
 * - bf16: weights as the checkpoint has them, products summed in fp32.
 * - int8: weights stored with 128 added (unsigned) and one scale a row; activations are quantised here, symmetrically, in
 *   groups of 64 with a scale each. sum((w + 128) x) - 128 sum(x) leaves one correction for a whole vector.
 * - A team of threads shares the rows of every matrix; sums run in a fixed order, so results do not depend on timing.
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

enum { TILE = 4, GROUP = 64 };

/* One weight matrix; scale is NULL for bf16. */
typedef struct { const void *data; const float *scale; } Matrix;
typedef struct { Matrix gate, up, down; int64_t inner; } Expert;

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

static Vectors allocate(int64_t count, int64_t width) {
    int64_t groups = width / GROUP + 1;
    Vectors v = {malloc(count * width * sizeof(uint16_t)), malloc(count * width), malloc(count * groups * sizeof(float)),
                 malloc(count * sizeof(float)), width};
    return v;
}

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
        for (int i = 0; i < GROUP; i++) largest = fmaxf(largest, fabsf(part[i]));
        float inverse = largest > 0 ? 127 / largest : 0;
        int sum = 0;
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

/* A tile: four independent sums a vector, which hide the latency of one. With few vectors they are four parts of one row,
 * so that memory is read in one stream; with more they are four rows, so that each part of a vector is loaded once.
 *
 * out[r][i] = row r . vector which[i]; `rows` (1 or TILE) and `count` are constants wherever these are inlined. */
#define PART(q, step) ((rows == 1 ? k + (q) * (step) : k))
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

/* Take in bf16 vectors [count, width]; quantised too where a matrix asks for it. Called by the whole team. */
static void take(Vectors *v, const uint16_t *x, int64_t count, int64_t width, int quantised) {
#pragma omp for
    for (int64_t i = 0; i < count; i++) {
        memcpy(v->bf16 + i * v->width, x + i * width, width * sizeof(uint16_t));
        if (!quantised) continue;
        float wide[width];
        for (int64_t k = 0; k < width; k++) wide[k] = widen(x[i * width + k]);
        quantise(v, i, wide, width);
    }
}

/* y[count, rows] = x[count, width] bf16 times the transposed matrix; fp32, or bf16 if `narrowed`. */
void sokdok_linear(const Matrix *m, const uint16_t *x, void *y, int narrowed, int64_t count, int64_t rows, int64_t width) {
    Vectors v = allocate(count, width);
    int64_t all[count];
    for (int64_t i = 0; i < count; i++) all[i] = i;
    float *wide = narrowed ? malloc(count * rows * sizeof(float)) : y;
#pragma omp parallel
    {
        take(&v, x, count, width, m->scale != NULL);
        multiply(m, rows, width, &v, all, count, wide, rows);
        Share s = share(rows);
        for (int64_t i = 0; narrowed && i < count; i++)
            for (int64_t n = s.from; n < s.to; n++) ((uint16_t *)y)[i * rows + n] = narrow(wide[i * rows + n]);
    }
    if (narrowed) free(wide);
    release(&v);
}

/* Pairs of a token and one of its experts, sorted by expert: those of expert e are first[e] to first[e + 1]. */
typedef struct { int64_t *token, *pair, *first; float *weight; int64_t count; } Plan;

static Plan plan(const int64_t *index, const float *weight, int64_t tokens, int64_t top_k, int64_t experts, int shared) {
    int64_t most = tokens * (top_k + shared);
    Plan p = {malloc(most * sizeof(int64_t)), malloc(most * sizeof(int64_t)), malloc((experts + 2) * sizeof(int64_t)),
              malloc(most * sizeof(float)), 0};
    for (int64_t e = 0; e < experts; e++) {
        p.first[e] = p.count;
        for (int64_t i = 0; i < tokens * top_k; i++)
            if (index[i] == e) {
                p.token[p.count] = i / top_k;
                p.weight[p.count++] = weight[i];
            }
    }
    p.first[experts] = p.count;
    for (int64_t t = 0; shared && t < tokens; t++) {  /* the shared expert sees every token */
        p.token[p.count] = t;
        p.weight[p.count++] = 1;
    }
    p.first[experts + 1] = p.count;
    for (int64_t i = 0; i < p.count; i++) p.pair[i] = i;
    return p;
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

/* y[tokens, hidden] bf16 = sum of weight * down(silu(gate x) * up x) over each token's experts.
 *
 * table: `experts` routed ones, then the shared one if `shared`; all of one kind. index, weight: [tokens, top_k].
 */
void sokdok_experts(const Expert *table, int64_t experts, int shared, const int64_t *index, const float *weight,
                    int64_t top_k, const uint16_t *x, uint16_t *y, int64_t tokens, int64_t hidden) {
    Plan p = plan(index, weight, tokens, top_k, experts, shared);
    int64_t widest = hidden, total = experts + shared;
    for (int64_t e = 0; e < total; e++) widest = table[e].inner > widest ? table[e].inner : widest;
    int quantised = table[0].gate.scale != NULL;
    Vectors in = allocate(tokens, hidden), middle = allocate(p.count, widest);
    float *gate = malloc(p.count * widest * sizeof(float)), *up = malloc(p.count * widest * sizeof(float));
#pragma omp parallel
    {
        take(&in, x, tokens, hidden, quantised);
        for (int64_t e = 0; e < total; e++) {
            int64_t first = p.first[e], count = p.first[e + 1] - first, inner = table[e].inner, at = first * widest;
            multiply(&table[e].gate, inner, hidden, &in, p.token + first, count, gate + at, widest);
            multiply(&table[e].up, inner, hidden, &in, p.token + first, count, up + at, widest);
            activate(gate + at, up + at, count, inner, widest);
        }
#pragma omp barrier
        for (int64_t e = 0; e < total; e++)
#pragma omp for nowait
            for (int64_t i = p.first[e]; i < p.first[e + 1]; i++) {
                const float *row = gate + i * widest;
                if (quantised) quantise(&middle, i, row, table[e].inner);
                else for (int64_t k = 0; k < table[e].inner; k++) middle.bf16[i * widest + k] = narrow(row[k]);
            }
#pragma omp barrier
        for (int64_t e = 0; e < total; e++) {
            int64_t first = p.first[e], count = p.first[e + 1] - first;
            multiply(&table[e].down, hidden, table[e].inner, &middle, p.pair + first, count, up + first * widest, widest);
        }
        Share s = share(hidden);
        for (int64_t n = s.from; n < s.to; n++) {
            float sum[tokens];
            memset(sum, 0, sizeof(sum));
            for (int64_t i = 0; i < p.count; i++) sum[p.token[i]] += p.weight[i] * up[i * widest + n];
            for (int64_t t = 0; t < tokens; t++) y[t * hidden + n] = narrow(sum[t]);
        }
    }
    free(gate); free(up); free(p.token); free(p.pair); free(p.first); free(p.weight);
    release(&in); release(&middle);
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

/* One query a row and head, attending to the first held[row] keys of that row.
 *
 * query, out: [rows, heads, width]; keys, values: [rows, heads / group, ?, width] with strides in elements.
 */
void sokdok_attention(const uint16_t *query, const uint16_t *keys, const uint16_t *values, uint16_t *out,
                      const int64_t *held, int64_t rows, int64_t heads, int64_t group, int64_t width,
                      int64_t row_stride, int64_t head_stride, float scale) {
    int64_t most = 0;
    for (int64_t r = 0; r < rows; r++) most = held[r] > most ? held[r] : most;
#pragma omp parallel
    {
        float *score = malloc(most * sizeof(float)), sum[width];
#pragma omp for
        for (int64_t task = 0; task < rows * heads; task++) {
            int64_t row = task / heads, count = held[row];
            int64_t base = row * row_stride + task % heads / group * head_stride;
            float largest = -INFINITY, total = 0;
            for (int64_t s = 0; s < count; s++) {
                score[s] = scale * dot_pair(query + task * width, keys + base + s * width, width);
                largest = fmaxf(largest, score[s]);
            }
            memset(sum, 0, sizeof(sum));
            for (int64_t s = 0; s < count; s++) {
                const uint16_t *value = values + base + s * width;
                float weight = expf(score[s] - largest);
                total += weight;
#pragma omp simd
                for (int64_t k = 0; k < width; k++) sum[k] += weight * widen(value[k]);
            }
            for (int64_t k = 0; k < width; k++) out[task * width + k] = narrow(sum[k] / total);
        }
        free(score);
    }
}
