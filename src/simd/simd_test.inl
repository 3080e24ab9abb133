namespace hearth::HEARTH_SIMD {

struct TestBody {
#define HEARTH_MAP(function)                                          \
  static void function##_of(const float* x, float* y, int n) {        \
    for (int i = 0; i < n; i += kLanes) {                             \
      int count = n - i < kLanes ? n - i : kLanes;                    \
      store(y + i, HEARTH_SIMD::function(load(x + i, count)), count); \
    }                                                                 \
  }
  HEARTH_TEST_FUNCTIONS(HEARTH_MAP)
#undef HEARTH_MAP

  static SimdTestEntry::Map function(const char* name) {
#define HEARTH_MAP(function) \
  if (std::string_view(name) == #function) return function##_of;
    HEARTH_TEST_FUNCTIONS(HEARTH_MAP)
#undef HEARTH_MAP
    return nullptr;
  }

  static void sums(const float* x, float* one, float* four) {
    F v[4];
    for (int i = 0; i < 4; ++i) {
      v[i] = load(x + 16 * i);
      one[i] = sum(v[i]);
    }
    HEARTH_SIMD::sums(four, v[0], v[1], v[2], v[3]);
  }

  static void halves(const uint16_t* from, float* f16, float* bf16, uint16_t* back, int n) {
    for (int i = 0; i < n; i += kLanes) {
      F wide = load_f16(from + i);
      store(f16 + i, wide);
      store(bf16 + i, load_bf16(from + i));
      store_f16(back + i, wide);
    }
  }
  static void to_halves(const float* x, uint16_t* y, int n) {
    for (int i = 0; i < n; i += kLanes) store_f16(y + i, load(x + i));
  }

  static int everywhere(const float* x, float* to) {
    store(to, set(*x));
    return kLanes;
  }
  static int copy_part(const float* from, float* to, int n) {
    if (n >= kLanes) n = kLanes - 1;
    store(to, load(from, n), n);
    return n;
  }
  static int lookup(const float* table, const int32_t* index, float* to) {
    store(to, HEARTH_SIMD::lookup(table, load_i32(index)));
    return kLanes;
  }

  static int keep(const float* x, float limit, float* to, int* lanes) {
    *lanes = kLanes;
    return HEARTH_SIMD::keep(to, load(x) < set(limit), load(x));
  }

  template <int n>
  static int rows(const int8_t (*table)[n], const uint16_t* index, float* to) {
    store(to, to_float(rows_i8<n>(table, index)));
    return kLanes;
  }

  static int dots(const uint8_t* a, const int8_t* b, int32_t start, float* seven, float* eight, float* same) {
    store(seven, to_float(dot<7>(set(start), load_i32(a), load_i32(b))));
    store(eight, to_float(dot<8>(set(start), load_i32(a), load_i32(b))));
    store(same, to_float(dot<8>(set(start), load_i32(a), four(b))));
    return kLanes;
  }
  static int bytes(const uint8_t* table, const uint8_t* index, uint8_t* found, int8_t* narrow) {
    float words[kLanes];
    store(words, from_bits(lookup_bytes(table, load_i32(index))));
    std::memcpy(found, words, sizeof words);
    store_i8(narrow, load_u8(index) - set(8));
    return kLanes;
  }

  static SimdTestEntry entry() {
    return {function, sums, halves,  to_halves, everywhere, copy_part,
            lookup,   keep, rows<4>, rows<8>,   dots,       bytes};
  }
};

}  // namespace hearth::HEARTH_SIMD
