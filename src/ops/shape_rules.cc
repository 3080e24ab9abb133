#include "ops/shape_rules.h"

#include "ops/graph.h"

namespace hearth::rules {

namespace {

using Arguments = std::span<const ShapeArgument>;
using Shapes = Result<std::vector<Shape>>;

bool tensor(const ShapeArgument& argument) {
  return argument.kind == ShapeArgument::value || argument.kind == ShapeArgument::weight;
}

Shapes one(std::vector<Dim> lead, std::vector<Dim> dims) {
  return std::vector<Shape>{{std::move(lead), std::move(dims)}};
}

Result<Dim> size(Arguments arguments, size_t i, std::string_view name) {
  if (i < arguments.size() && arguments[i].size) return *arguments[i].size;
  return fail("{} must be a whole number", name);
}

Status want(bool condition, std::string_view what, const Shape& found) {
  if (condition) return {};
  return fail("{}; here it is {}", what, found.to_string());
}

// Values and weights must stand in the first `count` places, and nothing of their kind behind `numbers`.
Status want_tensors(Arguments arguments, size_t count, size_t numbers = SIZE_MAX) {
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (i < count && !tensor(arguments[i])) return fail("a tensor is expected in place {}", i + 1);
    if (i >= numbers && tensor(arguments[i])) {
      return fail("a number is expected in place {}; here it is {}", i + 1, arguments[i].shape.to_string());
    }
  }
  return {};
}

// Whole numbers can be compared; symbols that differ are taken as different sizes.
bool divides(const Dim& part, const Dim& whole) {
  auto a = part.whole(), b = whole.whole();
  return !a || !b || (*a > 0 && *b % *a == 0);
}

// What leads two values that meet, as a shape without more; a weight goes with any.
Result<Shape> same_rows(const Shape& a, const Shape& b) {
  if (a.lead.empty() || b.lead.empty() || a.lead == b.lead)
    return Shape{a.lead.empty() ? b.lead : a.lead, {}};
  auto name = [](const std::vector<Dim>& lead) {
    std::string text;
    for (const Dim& dim : lead) text += (text.empty() ? "" : " by ") + dim.to_string();
    return text;
  };
  return fail("a value with rows for {} does not meet one with rows for {}", name(a.lead), name(b.lead));
}

// Joins shapes where a 1 stretches. Two values are aligned at the token, where [D] is a single head and [] a
// single number; a weight is aligned at the last dimension. Both put the missing ones in front.
Result<Shape> join(const Shape& a, const Shape& b) {
  std::vector<Dim> x = a.dims, y = b.dims;
  size_t rank = std::max(x.size(), y.size());
  for (std::vector<Dim>* dims : {&x, &y}) dims->insert(dims->begin(), rank - dims->size(), Dim(1));
  TRY(Shape out, same_rows(a, b));
  for (size_t i = 0; i < rank; ++i) {
    if (x[i] == y[i] || y[i].is(1)) {
      out.dims.push_back(x[i]);
    } else if (x[i].is(1)) {
      out.dims.push_back(y[i]);
    } else {
      // The usual slip: a number for each head, written as a vector.
      bool by_head = (a.dims.size() == 1 && b.dims.size() == 2 && a.dims[0] == b.dims[0]) ||
                     (b.dims.size() == 1 && a.dims.size() == 2 && b.dims[0] == a.dims[0]);
      return fail("{} does not meet {}{}", a.to_string(), b.to_string(),
                  by_head ? "; split makes a number for each head of a vector" : "");
    }
  }
  return out;
}

}  // namespace

Shapes same(Arguments arguments) {
  TRY_STATUS(want_tensors(arguments, 1));
  return std::vector<Shape>{arguments[0].shape};
}

Shapes with_numbers(Arguments arguments) {
  TRY_STATUS(want_tensors(arguments, 1, 1));
  return std::vector<Shape>{arguments[0].shape};
}

Shapes linear(Arguments arguments) {
  const Shape &w = arguments[0].shape, &x = arguments[1].shape;
  TRY_STATUS(want(w.dims.size() == 2, "a linear map is [outputs, inputs]", w));
  TRY_STATUS(want(!x.dims.empty() && x.width() == w.dims[1],
                  fmt::format("a map of {} takes {} values", w.to_string(), w.dims[1].to_string()), x));
  Shape out = x;
  out.dims.back() = w.dims[0];
  return std::vector<Shape>{out};
}

Shapes linears(Arguments arguments) {
  const Shape &w = arguments[0].shape, &x = arguments[1].shape;
  TRY_STATUS(want(w.dims.size() == 3, "a linear map for each head is [heads, outputs, inputs]", w));
  TRY_STATUS(want(
      !x.dims.empty() && x.width() == w.dims[2] && (x.heads() == w.dims[0] || x.heads().is(1)),
      fmt::format("a map of {} takes [{}, {}]", w.to_string(), w.dims[0].to_string(), w.dims[2].to_string()),
      x));
  return one(x.lead, {w.dims[0], w.dims[1]});
}

Shapes experts(Arguments arguments) {
  const Shape &w = arguments[0].shape, &e = arguments[1].shape, &x = arguments[2].shape;
  TRY_STATUS(want(w.dims.size() == 3, "experts are [experts, outputs, inputs]", w));
  TRY_STATUS(want(e.dims.size() == 1, "experts are chosen by a list for each token", e));
  TRY_STATUS(want(!x.dims.empty() && x.width() == w.dims[2] && (x.heads() == e.dims[0] || x.heads().is(1)),
                  fmt::format("{} experts of {} take [{}], or as many heads", e.dims[0].to_string(),
                              w.to_string(), w.dims[2].to_string()),
                  x));
  return one(x.lead, {e.dims[0], w.dims[1]});
}

Shapes rows(Arguments arguments) {
  const Shape &w = arguments[0].shape, &ids = arguments[1].shape;
  TRY_STATUS(want(w.dims.size() == 2, "rows are taken from a matrix", w));
  TRY_STATUS(want(ids.dims.empty(), "rows are taken by one id for each token", ids));
  return one(ids.lead, {w.dims[1]});
}

Shapes entries(Arguments arguments) {
  const Shape &w = arguments[0].shape, &e = arguments[1].shape;
  TRY_STATUS(want(w.dims.size() == 1, "entries are taken from a vector", w));
  return std::vector<Shape>{e};
}

Shapes binary(Arguments arguments) {
  const ShapeArgument &a = arguments[0], &b = arguments[1];
  if (!tensor(a)) return std::vector<Shape>{b.shape};
  if (!tensor(b)) return std::vector<Shape>{a.shape};
  TRY(Shape out, join(a.shape, b.shape));
  return std::vector<Shape>{out};
}

Shapes broadcast(Arguments arguments) {
  Shape out;
  for (const ShapeArgument& argument : arguments) {
    if (!tensor(argument)) continue;
    TRY(out, join(out, argument.shape));
  }
  return std::vector<Shape>{out};
}

Shapes heads(Arguments arguments) {
  const Shape& x = arguments[0].shape;
  TRY_STATUS(want(x.dims.size() == 2, "only a value with heads has parts by head", x));
  TRY(Dim from, size(arguments, 1, "the first head"));
  TRY(Dim to, size(arguments, 2, "the last head"));
  auto a = from.whole(), b = to.whole(), h = x.dims[0].whole();
  if ((a && *a < 0) || (a && b && *b <= *a) || (b && h && *b > *h)) {
    return fail("heads {} to {} are asked for; here are {}", from.to_string(), to.to_string(),
                x.dims[0].to_string());
  }
  return one(x.lead, {to - from, x.dims[1]});
}

Shapes split(Arguments arguments) {
  const Shape& x = arguments[0].shape;
  TRY(Dim n, size(arguments, 1, "the number of heads"));
  TRY_STATUS(want(x.dims.size() == 1, "split takes a vector", x));
  if (!divides(n, x.dims[0]) || n.is(0)) {
    return fail("{} does not divide into {} heads", x.dims[0].to_string(), n.to_string());
  }
  return one(x.lead, {n, x.dims[0] / n});
}

Shapes merge(Arguments arguments) {
  const Shape& x = arguments[0].shape;
  return one(x.lead, {x.heads() * x.width()});
}

Shapes cut(Arguments arguments) {
  const Shape& x = arguments[0].shape;
  TRY_STATUS(want(!x.dims.empty(), "cut takes a vector", x));
  std::vector<Shape> parts;
  Dim total;
  for (size_t i = 1; i < arguments.size(); ++i) {
    TRY(Dim part, size(arguments, i, "a size of cut"));
    if (auto n = part.whole(); n && *n < 0) return fail("a size of cut is {}", *n);
    total = total + part;
    parts.push_back(x);
    parts.back().dims.back() = part;
  }
  if (total != x.width()) {
    return fail("the sizes of cut add up to {}; the value has {}", total.to_string(), x.width().to_string());
  }
  return parts;
}

Shapes cat(Arguments arguments) {
  Shape out;
  for (const ShapeArgument& argument : arguments) {
    if (!tensor(argument)) continue;  // `none` is left out
    const Shape& next = argument.shape;
    TRY_STATUS(want(!next.dims.empty(), "cat takes vectors", next));
    if (out.dims.empty()) {
      out = next;
      continue;
    }
    if (out.heads() != next.heads())
      return fail("{} cannot be joined to {}", next.to_string(), out.to_string());
    TRY(Shape rows, same_rows(out, next));
    out.lead = rows.lead;
    if (next.dims.size() > out.dims.size()) out.dims.insert(out.dims.begin(), Dim(1));
    out.dims.back() = out.width() + next.width();
  }
  if (out.dims.empty()) return fail("cat of nothing");
  return std::vector<Shape>{out};
}

Shapes stack(Arguments arguments) {
  Shape out;
  Dim total;
  for (const ShapeArgument& argument : arguments) {
    if (!tensor(argument)) continue;
    const Shape& next = argument.shape;
    TRY_STATUS(want(!next.dims.empty(), "stack takes vectors", next));
    if (!out.dims.empty() && next.width() != out.width()) {
      return fail("{} cannot be stacked on {}", next.to_string(), out.to_string());
    }
    TRY(Shape rows, same_rows(out, next));
    out = {rows.lead, next.dims};
    total = total + next.heads();
  }
  if (out.dims.empty()) return fail("stack of nothing");
  return one(out.lead, {total, out.width()});
}

Shapes tile(Arguments arguments) {
  const Shape& x = arguments[0].shape;
  TRY_STATUS(want(!x.dims.empty(), "tile takes a value with heads", x));
  TRY(Dim n, size(arguments, 1, "the number of copies"));
  if (auto copies = n.whole(); copies && *copies < 1) return fail("{} copies cannot be made", *copies);
  return one(x.lead, {x.heads() * n, x.width()});
}

Shapes norm(Arguments arguments) {
  const ShapeArgument &x = arguments[0], &w = arguments[1];
  TRY_STATUS(want_tensors(arguments, 1, 2));
  if (tensor(w)) {
    auto joined = join(x.shape, w.shape);
    if (!joined.ok() || joined->dims != x.shape.dims) {
      return fail("a norm of {} does not fit {}", w.shape.to_string(), x.shape.to_string());
    }
  }
  return std::vector<Shape>{x.shape};
}

Shapes last_to_one(Arguments arguments) {
  TRY_STATUS(want_tensors(arguments, 1));
  Shape out = arguments[0].shape;
  if (!out.dims.empty()) out.dims.back() = Dim(1);
  return std::vector<Shape>{out};
}

Shapes total(Arguments arguments) {
  const Shape& x = arguments[0].shape;
  TRY_STATUS(want(x.dims.size() == 2, "total takes a value with heads", x));
  return one(x.lead, {x.width()});
}

Shapes mix(Arguments arguments) {
  const Shape &w = arguments[0].shape, &y = arguments[1].shape;
  TRY_STATUS(want(y.dims.size() == 2, "mix takes a value with heads", y));
  if (w.dims.empty() || w.width() != y.dims[0]) {
    return fail("{} weights cannot mix {}", w.to_string(), y.to_string());
  }
  return w.dims.size() == 2 ? one(y.lead, {w.dims[0], y.dims[1]}) : one(y.lead, {y.dims[1]});
}

Shapes pick(Arguments arguments) {
  const Shape& p = arguments[0].shape;
  TRY_STATUS(want(p.dims.size() == 1, "pick takes a vector", p));
  TRY(Dim k, size(arguments, 1, "the number to pick"));
  if (arguments.size() > 2 && tensor(arguments[2])) {
    const Shape& bias = arguments[2].shape;
    TRY_STATUS(want(bias.dims == p.dims,
                    fmt::format("the bias of a pick must be {}, as what is picked from", p.to_string()),
                    bias));
  }
  Dim groups = arguments.size() > 3 && arguments[3].size ? *arguments[3].size : Dim(1);
  Dim used = arguments.size() > 4 && arguments[4].size ? *arguments[4].size : Dim(1);
  if (!divides(groups, p.dims[0])) {
    return fail("{} do not divide into {} groups", p.dims[0].to_string(), groups.to_string());
  }
  Dim open = p.dims[0] / groups * used;
  auto some = k.whole(), all = open.whole(), chosen = used.whole(), runs = groups.whole();
  if ((chosen && *chosen < 1) || (chosen && runs && *chosen > *runs)) {
    return fail("{} of {} groups cannot be used", used.to_string(), groups.to_string());
  }
  if (some && (*some < 1 || (all && *some > *all)))
    return fail("{} of {} cannot be picked", *some, open.to_string());
  return std::vector<Shape>{{p.lead, {k}}, {p.lead, {k}}};
}

Shapes attend(Arguments arguments) {
  const Shape &q = arguments[0].shape, &k = arguments[1].shape, &v = arguments[2].shape;
  TRY_STATUS(want(q.dims.size() == 2, "attend takes queries with heads", q));
  TRY_STATUS(want(k.dims.size() == 2 && k.width() == q.width(),
                  fmt::format("keys must have {} values, as the queries have", q.width().to_string()), k));
  TRY_STATUS(want(v.dims.size() == 2, "attend takes values with heads", v));
  for (auto [shape, what] : {std::pair(&k, "keys"), std::pair(&v, "values")}) {
    if (!divides(shape->dims[0], q.dims[0])) {
      return fail("{} heads of queries cannot share {} of {}", q.dims[0].to_string(),
                  shape->dims[0].to_string(), what);
    }
  }
  if (arguments.size() > kAttendSinks && tensor(arguments[kAttendSinks])) {
    const Shape& sinks = arguments[kAttendSinks].shape;
    TRY_STATUS(want(sinks.dims == std::vector<Dim>{q.dims[0]},
                    fmt::format("sinks are a number for each of {} heads", q.dims[0].to_string()), sinks));
  }
  if (arguments.size() > kAttendKeep && tensor(arguments[kAttendKeep])) {
    TRY_STATUS(want(arguments[kAttendKeep].shape.dims.size() == 1, "keys are kept by a list for each token",
                    arguments[kAttendKeep].shape));
  }
  for (size_t i : {kAttendTogether, kAttendGroups}) {
    if (arguments.size() <= i || !tensor(arguments[i])) continue;
    TRY_STATUS(want(arguments[i].shape.width().is(1) && arguments[i].shape.heads().is(1),
                    "tokens are grouped by a number for each", arguments[i].shape));
  }
  return one(q.lead, {q.dims[0] * v.width()});
}

// The places of the keys that each query chooses: rising, and -1 behind the last where there are fewer.
Shapes indexer(Arguments arguments) {
  const Shape &q = arguments[0].shape, &k = arguments[1].shape, &w = arguments[2].shape;
  TRY_STATUS(want(q.dims.size() == 2, "indexer takes queries with heads", q));
  TRY_STATUS(want(k.dims.size() == 1 && k.width() == q.width(),
                  fmt::format("a key of indexer has {} values, as the queries have", q.width().to_string()),
                  k));
  TRY_STATUS(want(w.dims.size() == 1 && w.dims[0] == q.dims[0],
                  fmt::format("indexer takes a weight for each of {} heads", q.dims[0].to_string()), w));
  TRY(Dim n, size(arguments, 3, "the number of keys that are kept"));
  if (auto count = n.whole(); count && *count < 1) return fail("indexer keeps {} keys", *count);
  return one(q.lead, {n});
}

Shapes conv1d(Arguments arguments) {
  const Shape &x = arguments[0].shape, &w = arguments[1].shape;
  TRY_STATUS(want(w.dims.size() == 2, "conv1d takes a kernel for each channel", w));
  TRY_STATUS(want(x.dims.size() == 1 && x.width() == w.dims[0],
                  fmt::format("conv1d of {} takes {} channels", w.to_string(), w.dims[0].to_string()), x));
  return std::vector<Shape>{x};
}

Shapes scan(Arguments arguments) {
  const Shape &u = arguments[0].shape, &dt = arguments[1].shape, &a = arguments[2].shape,
              &b = arguments[3].shape, &c = arguments[4].shape;
  TRY_STATUS(want(u.dims.size() == 2, "scan takes a value with heads", u));
  TRY_STATUS(want(dt.dims.size() == 1 && dt.dims[0] == u.dims[0], "scan takes one dt for each head", dt));
  TRY_STATUS(want(b.dims.size() == 2 && divides(b.dims[0], u.dims[0]),
                  fmt::format("B of scan is [groups, state], for {} heads", u.dims[0].to_string()), b));
  TRY_STATUS(want(c.dims == b.dims, fmt::format("C of scan is as B, {}", b.to_string()), c));
  TRY_STATUS(want(a.dims.size() == 2 && a.dims[0] == u.dims[0] && (a.dims[1].is(1) || a.dims[1] == b.dims[1]),
                  "A of scan is [heads, state] or [heads, 1]", a));
  return std::vector<Shape>{u};
}

Shapes delta(Arguments arguments) {
  const Shape &q = arguments[0].shape, &k = arguments[1].shape, &v = arguments[2].shape,
              &decay = arguments[3].shape, &beta = arguments[4].shape;
  TRY_STATUS(want(v.dims.size() == 2, "delta takes values with heads", v));
  TRY_STATUS(want(q.dims.size() == 2 && q.dims == k.dims && divides(q.dims[0], v.dims[0]),
                  "queries and keys of delta have one shape", q));
  TRY_STATUS(want(decay.dims.size() == 2 && decay.dims[0] == v.dims[0] &&
                      (decay.dims[1].is(1) || decay.dims[1] == k.dims[1]),
                  "decay of delta is [heads, 1] or [heads, keys]", decay));
  TRY_STATUS(want(beta.dims.size() == 2 && beta.dims[0] == v.dims[0] && beta.dims[1].is(1),
                  "beta of delta is [heads, 1]", beta));
  return std::vector<Shape>{v};
}

namespace {

// Queries, keys and what goes with them are all [heads, keys]; only the values may be of another width.
Shapes wkv(std::string_view name, Arguments arguments, size_t values, std::string_view letters) {
  const Shape &r = arguments[0].shape, &v = arguments[values].shape;
  TRY_STATUS(want(r.dims.size() == 2, fmt::format("{} takes r with heads", name), r));
  for (size_t i = 1; i < letters.size(); ++i) {
    if (i == values) continue;
    TRY_STATUS(want(arguments[i].shape.dims == r.dims,
                    fmt::format("{} takes {} as r is, {}", name, letters[i], r.to_string()),
                    arguments[i].shape));
  }
  TRY_STATUS(want(v.dims.size() == 2 && v.dims[0] == r.dims[0],
                  fmt::format("{} takes v with {} heads, as r has", name, r.dims[0].to_string()), v));
  return std::vector<Shape>{v};
}

}  // namespace

Shapes wkv6(Arguments arguments) { return wkv("wkv6", arguments, 2, "rkvwU"); }
Shapes wkv7(Arguments arguments) { return wkv("wkv7", arguments, 3, "rwkvab"); }

// One row for each sequence, or all of them when `pooling` is none; which of the two, the caller knows.
Shapes pool(Arguments arguments) { return one({sequence_rows()}, arguments[0].shape.dims); }

}  // namespace hearth::rules
