// How far into one's own network an address lies.
#pragma once

#include <boost/asio/ip/address.hpp>

namespace hearth {

// Deeper ones are greater: who was sent by a server of one kind is not led to a deeper one.
enum class Reach { anywhere, network, machine, none };

Reach reach_of(const boost::asio::ip::address& address);

}  // namespace hearth
