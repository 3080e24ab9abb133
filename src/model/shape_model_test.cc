#include "model/shape_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hearth {
namespace {

using testing::HasSubstr;

Result<std::shared_ptr<const Model>> make_shape(std::string_view text) {
  ThreadPool pool(2);
  return make_shape_model(text, pool, *choose_isa(), {});
}

std::string shape_error(std::string_view text) {
  auto model = make_shape(text);
  return model.ok() ? "" : model.error().message;
}

TEST(ShapeModel, HasTheTypesOfAFileThatWasQuantizedSo) {
  auto model = make_shape("shape:tiny:q4_k_m");
  ASSERT_TRUE(model.ok()) << model.error().message;
  const ModelFile& file = (*model)->file();
  EXPECT_EQ(file.find_tensor("token_embd.weight")->type, Type::q6_k);  // the output too
  EXPECT_EQ(file.find_tensor("blk.0.ffn_gate.weight")->type, Type::q4_k);
  EXPECT_EQ(file.find_tensor("output_norm.weight")->type, Type::f32);
  EXPECT_EQ(file.find_tensor("output.weight"), nullptr);
  EXPECT_EQ(*(*model)->vocabulary(), 512);
}

TEST(ShapeModel, CanHaveFewerLayers) {
  auto model = make_shape("shape:tiny@1:f16");
  ASSERT_TRUE(model.ok()) << model.error().message;
  EXPECT_NE((*model)->file().find_tensor("blk.0.attn_q.weight"), nullptr);
  EXPECT_EQ((*model)->file().find_tensor("blk.1.attn_q.weight"), nullptr);
}

TEST(ShapeModel, SaysWhatItDoesNotKnow) {
  EXPECT_THAT(shape_error("shape:tiny"), HasSubstr("shape:NAME:TYPE is expected"));
  EXPECT_THAT(shape_error("shape:llama-2b:q4_0"),
              HasSubstr("there is no shape \"llama-2b\"; there are tiny, llama-1b"));
  EXPECT_THAT(shape_error("shape:tiny:q4"), HasSubstr("there is no type \"q4\""));
  EXPECT_THAT(shape_error("shape:tiny@3:q4_0"), HasSubstr("tiny has 2 layers"));
}

}  // namespace
}  // namespace hearth
