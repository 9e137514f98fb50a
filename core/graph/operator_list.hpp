#pragma once

#include <string>
#include <vector>

#include "core/graph/operators.hpp"

/// Parts of the operator list, one file each, and what their rules share.
namespace gb {

using Shapes = std::vector<Shape>;
using Ids = std::vector<ValueId>;

void add_elementwise_operators(std::vector<Operator>& list);
void add_product_operators(std::vector<Operator>& list);
void add_window_operators(std::vector<Operator>& list);
void add_normalization_operators(std::vector<Operator>& list);
void add_layout_operators(std::vector<Operator>& list);
/// Losses and their gradients: scalars [1] that differentiate() starts from.
void add_loss_operators(std::vector<Operator>& list);

/// Throws GraphError: "OP expects EXPECTATION, but got SHAPES".
[[noreturn]] void misfit(const Node& node, const std::string& expectation, const Shapes& arrived);

Shapes same_as_first(const Node& node, const Shapes& inputs);
/// Both inputs have one shape.
Shapes all_equal(const Node& node, const Shapes& inputs);
/// What a gradient operator was told to return in its attribute "shape".
Shapes shape_attribute(const Node& node, const Shapes& inputs);

/// The "axis" attribute counted from the front; throws GraphError where there is no such axis.
std::int64_t axis_of(const Node& node, const Shape& shape, std::int64_t otherwise);

}  // namespace gb
