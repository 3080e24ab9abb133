// The bytes of a connection, plain or through TLS: what is built on them is one thing.
#pragma once

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <functional>
#include <memory>

namespace hearth {

class ByteStream {
 public:
  using Socket = boost::beast::basic_stream<boost::asio::generic::stream_protocol>;
  using Done = std::function<void(boost::system::error_code, size_t)>;

  virtual ~ByteStream() = default;
  virtual Socket& socket() = 0;  // for its executor, its deadlines and its end
  virtual void greet(std::function<void(boost::system::error_code)> done) = 0;
  virtual void read_some(boost::asio::mutable_buffer into, Done done) = 0;
  virtual void write(boost::asio::const_buffer all, Done done) = 0;
};

// Null: plain.
std::unique_ptr<ByteStream> make_byte_stream(boost::asio::generic::stream_protocol::socket socket,
                                             boost::asio::ssl::context* tls);

}  // namespace hearth
