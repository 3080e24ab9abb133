#include "graph/expressions.h"

namespace hearth::arch {

namespace {

struct OpRow {
  std::string_view spelling;
  int binding;
};
constexpr OpRow kOps[] = {
#define X(name, spelling, binding) {spelling, binding},
    HEARTH_ARCH_BINARY(X) HEARTH_ARCH_UNARY(X)
#undef X
};
const OpRow& row(Op op) { return kOps[static_cast<size_t>(op)]; }

constexpr int kConditional = 1;
constexpr int kPostfix = 10;

int binding(const Expr& expr) {
  if (expr.kind == ExprKind::conditional) return kConditional;
  if (expr.kind == ExprKind::unary || expr.kind == ExprKind::binary) return row(expr.op).binding;
  return kPostfix;
}

class Writer {
 public:
  explicit Writer(Spacing spacing) : spacing_(spacing) {}

  // Puts brackets around what binds less tightly than its place asks.
  void write(const Expr& expr, int tightest) {
    const bool brackets = binding(expr) < tightest;
    if (brackets) text_ += '(';
    write(expr);
    if (brackets) text_ += ')';
  }

  std::string take() { return std::move(text_); }

 private:
  void write(const Expr& expr) {
    switch (expr.kind) {
      case ExprKind::number:
      case ExprKind::name: text_ += expr.text; break;
      case ExprKind::string: text_ += '"' + expr.text + '"'; break;
      case ExprKind::boolean: text_ += expr.number != 0 ? "true" : "false"; break;
      case ExprKind::none: text_ += "none"; break;
      case ExprKind::list:
        text_ += '[';
        write_all(expr, 0);
        text_ += ']';
        break;
      case ExprKind::unary:
        text_ += row(expr.op).spelling;
        write(*expr.operands[0], binding(expr));
        break;
      case ExprKind::binary: {
        // All join to the left but `**`, whose exponent may be a negation; comparisons do not chain.
        const int own = binding(expr);
        const bool power = expr.op == Op::power;
        const bool compare = own == row(Op::equal).binding;
        write(*expr.operands[0], power || compare ? own + 1 : own);
        const bool tight = spacing_ == Spacing::tight_products && expr.op == Op::multiply;
        if (!tight) text_ += ' ';
        text_ += row(expr.op).spelling;
        if (!tight) text_ += ' ';
        write(*expr.operands[1], power ? row(Op::negate).binding : own + 1);
        break;
      }
      case ExprKind::conditional:
        write(*expr.operands[0], kConditional + 1);
        text_ += " if ";
        write(*expr.operands[1], kConditional + 1);
        text_ += " else ";
        write(*expr.operands[2], kConditional);
        break;
      case ExprKind::call:
        write(*expr.operands[0], kPostfix);
        text_ += '(';
        write_all(expr, 1);
        text_ += ')';
        break;
      case ExprKind::index:
      case ExprKind::slice:
        write(*expr.operands[0], kPostfix);
        text_ += '[';
        if (expr.operands[1]) write(*expr.operands[1], kConditional);
        if (expr.kind == ExprKind::slice) text_ += ':';
        if (expr.kind == ExprKind::slice && expr.operands[2]) write(*expr.operands[2], kConditional);
        text_ += ']';
        break;
    }
  }

  void write_all(const Expr& expr, size_t from) {
    for (size_t i = from; i < expr.operands.size(); ++i) {
      if (i > from) text_ += ", ";
      if (from == 1 && !expr.keywords[i - 1].text.empty()) text_ += expr.keywords[i - 1].text + " = ";
      write(*expr.operands[i], kConditional);
    }
  }

  Spacing spacing_;
  std::string text_;
};

}  // namespace

void walk(const Expr& expr, const std::function<void(const Expr&)>& visit) {
  visit(expr);
  for (const ExprPtr& operand : expr.operands)
    if (operand) walk(*operand, visit);
}

std::string_view first_name(const Expr& expr) {
  std::string_view found;
  Position at;
  walk(expr, [&](const Expr& part) {
    if (part.kind != ExprKind::name) return;
    if (found.empty() || std::pair(part.at.line, part.at.column) < std::pair(at.line, at.column)) {
      found = part.text;
      at = part.at;
    }
  });
  return found;
}

std::string_view head_of(std::string_view name) { return name.substr(0, name.find('.')); }

bool mentions(const Expr& expr, std::string_view name) {
  bool found = false;
  walk(expr, [&](const Expr& part) {
    found |= part.kind == ExprKind::name && (part.text == name || head_of(part.text) == name);
  });
  return found;
}

bool same(const ExprPtr& a, const ExprPtr& b) { return a == b || (a && b && same(*a, *b)); }

bool same(const Expr& a, const Expr& b) {
  if (a.kind != b.kind || a.op != b.op || a.number != b.number || a.operands.size() != b.operands.size() ||
      a.keywords.size() != b.keywords.size())
    return false;
  if (a.kind != ExprKind::number && a.text != b.text) return false;
  for (size_t i = 0; i < a.operands.size(); ++i)
    if (!same(a.operands[i], b.operands[i])) return false;
  for (size_t i = 0; i < a.keywords.size(); ++i)
    if (a.keywords[i].text != b.keywords[i].text) return false;
  return true;
}

std::string to_string(const Expr& expr, Spacing spacing) {
  Writer writer(spacing);
  writer.write(expr, kConditional);
  return writer.take();
}

}  // namespace hearth::arch
