// The lists of cases, by group of operators.
#pragma once

#include "ops/conformance_builder.h"

namespace hearth::conformance {

void add_elementwise_cases(std::vector<Case>& all);
void add_norm_cases(std::vector<Case>& all);
void add_head_cases(std::vector<Case>& all);
void add_row_cases(std::vector<Case>& all);
void add_matrix_cases(std::vector<Case>& all);
void add_position_cases(std::vector<Case>& all);
void add_attention_cases(std::vector<Case>& all);
void add_distant_attention_cases(std::vector<Case>& all);
void add_recurrence_cases(std::vector<Case>& all);
void add_block_cases(std::vector<Case>& all);

// attend's arguments in their places.
struct Attention {
  View q, k, v;
  double scale = 0.3, cap = 0, window = 0, chunk = 0;
  bool causal = true;
  StepArgument sinks, together, groups;
};
View attend(CaseBuilder& builder, const Attention& attention, int32_t state);
// The state of an attention over such keys and values.
int32_t keys_values(CaseBuilder& builder, const View& k, const View& v, int64_t window = 0,
                    int64_t chunk = 0);
// The same where the values are the first numbers of the keys, and are kept as these.
int32_t keys_alone(CaseBuilder& builder, const View& k, int64_t window = 0);
int32_t slot(CaseBuilder& builder, int64_t floats);
// Frequencies of the usual kind, for `dim` numbers.
Rotation rotation(int64_t dim, double theta = 10000);

}  // namespace hearth::conformance
