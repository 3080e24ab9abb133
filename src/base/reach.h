// How far a host is from here, as far as its name or address says so by itself.
#pragma once

#include <optional>
#include <string_view>

namespace hearth {

// Deeper ones are greater: who was sent by a server of one kind is not led to a deeper one.
enum class Reach { anywhere, network, machine, none };

// Of an IP address in its usual notation, without brackets, and of "localhost" and what ends in ".localhost", which
// are this machine, whoever else is asked (RFC 6761). Nothing of any other name: that one has to be looked up.
std::optional<Reach> reach_of(std::string_view host);

// Of those only the names.
bool is_localhost(std::string_view host);

}  // namespace hearth
