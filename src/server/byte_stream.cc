#include "server/byte_stream.h"

#include <boost/asio/write.hpp>
#include <boost/beast/ssl.hpp>

namespace hearth {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;

template <class Stream>
class StreamOf final : public ByteStream {
 public:
  template <class... Args>
  explicit StreamOf(Args&&... args) : stream_(std::forward<Args>(args)...) {}

  Socket& socket() override { return beast::get_lowest_layer(stream_); }
  void greet(std::function<void(boost::system::error_code)> done) override {
    if constexpr (std::is_same_v<Stream, Socket>) {
      done({});
    } else {
      stream_.async_handshake(asio::ssl::stream_base::server, std::move(done));
    }
  }
  void read_some(asio::mutable_buffer into, Done done) override {
    stream_.async_read_some(into, std::move(done));
  }
  void write(asio::const_buffer all, Done done) override { asio::async_write(stream_, all, std::move(done)); }

 private:
  Stream stream_;
};

}  // namespace

std::unique_ptr<ByteStream> make_byte_stream(asio::generic::stream_protocol::socket socket,
                                             asio::ssl::context* tls) {
  ByteStream::Socket plain(std::move(socket));
  if (tls) return std::make_unique<StreamOf<beast::ssl_stream<ByteStream::Socket>>>(std::move(plain), *tls);
  return std::make_unique<StreamOf<ByteStream::Socket>>(std::move(plain));
}

}  // namespace hearth
