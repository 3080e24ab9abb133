#include "hub/reach.h"

namespace hearth {

namespace {

using boost::asio::ip::address_v4;

struct Block {
  uint32_t network;
  int bits;
  Reach reach;
};

constexpr uint32_t ip(uint32_t a, uint32_t b, uint32_t c, uint32_t d) {
  return a << 24 | b << 16 | c << 8 | d;
}

// link-local addresses are where clouds tell machines their secrets: nothing may lead there.
constexpr Block kBlocks[] = {
    {ip(0, 0, 0, 0), 8, Reach::none},        {ip(10, 0, 0, 0), 8, Reach::network},
    {ip(100, 64, 0, 0), 10, Reach::network}, {ip(127, 0, 0, 0), 8, Reach::machine},
    {ip(169, 254, 0, 0), 16, Reach::none},   {ip(172, 16, 0, 0), 12, Reach::network},
    {ip(192, 0, 0, 0), 24, Reach::network},  {ip(192, 168, 0, 0), 16, Reach::network},
    {ip(198, 18, 0, 0), 15, Reach::network}, {ip(224, 0, 0, 0), 3, Reach::none},
};

Reach reach_of_v4(const address_v4& address) {
  uint32_t number = address.to_uint();
  for (const Block& block : kBlocks) {
    if ((number ^ block.network) >> (32 - block.bits) == 0) return block.reach;
  }
  return Reach::anywhere;
}

}  // namespace

Reach reach_of(const boost::asio::ip::address& address) {
  if (address.is_v4()) return reach_of_v4(address.to_v4());
  auto v6 = address.to_v6();
  if (v6.is_v4_mapped()) return reach_of_v4(boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, v6));
  if (v6.is_loopback()) return Reach::machine;
  if (v6.is_unspecified() || v6.is_link_local() || v6.is_multicast()) return Reach::none;
  bool local = (v6.to_bytes()[0] & 0xfe) == 0xfc;  // fc00::/7
  return local ? Reach::network : Reach::anywhere;
}

}  // namespace hearth
