// What two readers of a request could understand differently. Where one of them stands in front of the other, the
// difference smuggles a request past it, so such requests are refused, though Beast's parser reads them.
#pragma once

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <string_view>

namespace hearth {

// Of a head as it came, the empty line included. Empty: nothing is.
std::string_view ambiguity_of_bytes(std::string_view head);

// Of what was read of it.
std::string_view ambiguity_of_fields(
    const boost::beast::http::request<boost::beast::http::string_body>& head);

// Whether what follows a chunk's size is a list of `;name` or `;name=value`.
bool are_chunk_extensions(std::string_view text);

// The target of a request, or of one that names the server too (http://host/path) the rest; empty: it is for somebody
// else, or none.
std::string_view local_target(std::string_view target, std::string_view method, std::string_view host);

}  // namespace hearth
