// Receiving: into new bytes objects and into the caller's memory.
#include <array>
#include <cstring>

#include "addresses.hpp"
#include "arguments.hpp"
#include "raise.hpp"
#include "socket_type.hpp"

namespace priz::python {

namespace {

// Where at most this much is asked for, it is received on the stack, and the object is made at its
// exact size: an object made too large has to be cut afterwards.
constexpr Py_ssize_t small_size = 4096;

PyObject* negative(const char* verb) {
    PyErr_Format(PyExc_ValueError, "negative buffersize in %s", verb);
    return nullptr;
}

// A bytes object filled by `receive(span)`, a result of something whose size `size_of` tells.
template <class Receive>
PyObject* received(Py_ssize_t size, Receive&& receive) {
    if (size <= small_size) {
        std::array<char, small_size> small;
        const auto count = receive(bytes_span(small.data(), static_cast<std::size_t>(size)));
        if (!count) return raise(count.error());
        const auto there = std::min(size, static_cast<Py_ssize_t>(*count));
        return PyBytes_FromStringAndSize(small.data(), there);
    }
    PyObject* data = PyBytes_FromStringAndSize(nullptr, size);
    if (data == nullptr) return nullptr;
    const auto count = receive(bytes_span(PyBytes_AS_STRING(data), static_cast<std::size_t>(size)));
    if (!count) {
        Py_DECREF(data);
        return raise(count.error());
    }
    // With MSG_TRUNC the kernel may report more than there was room for.
    const auto there = std::min(size, static_cast<Py_ssize_t>(*count));
    if (there != size) _PyBytes_Resize(&data, there);
    return data;
}

// Memory of the caller's to receive into, and how much of it.
class target {
public:
    // (buffer[, nbytes[, flags]]), by name as well; `too_small` refuses an nbytes beyond the
    // buffer.
    bool read(arguments given, Py_ssize_t count, PyObject* keywords, const char* format,
              const char* verb, const char* too_small) {
        static const char* const names[] = {"buffer", "nbytes", "flags", nullptr};
        Py_ssize_t wanted = 0;
        const bool is_plain = keywords == nullptr && (count == 1 || count == 2) &&
                              (count == 1 || plain_size(given[1], wanted)) &&
                              memory_.write(given[0]);
        if (!is_plain) {
            if (!parse_named(given, count, keywords, format, names, memory_.target(), &wanted,
                             &flags_))
                return false;
            memory_.filled();
        }
        if (wanted < 0) return negative(verb) != nullptr;
        size_ = wanted == 0 ? memory_.size() : static_cast<std::size_t>(wanted);
        if (size_ <= memory_.size()) return true;
        PyErr_SetString(PyExc_ValueError, too_small);
        return false;
    }

    bytes_span span() const noexcept { return {memory_.span().data(), size_}; }
    int flags() const noexcept { return flags_; }

private:
    buffer memory_;
    std::size_t size_ = 0;
    int flags_ = 0;
};

PyObject* recv(PyObject* self, arguments given, Py_ssize_t count) {
    Py_ssize_t size = 0;
    int flags = 0;
    if (!size_and_flags(given, count, "n|i:recv", size, flags)) return nullptr;
    if (size < 0) return negative("recv");
    priz::socket& s = socket_of(self);
    return received(size, [&](bytes_span into) { return s.try_recv_into(into, flags); });
}

PyObject* recvfrom(PyObject* self, arguments given, Py_ssize_t count) {
    Py_ssize_t size = 0;
    int flags = 0;
    if (!size_and_flags(given, count, "n|i:recvfrom", size, flags)) return nullptr;
    if (size < 0) return negative("recvfrom");
    priz::socket& s = socket_of(self);
    address from;
    const ref data(received(size, [&](bytes_span into) -> result<std::size_t> {
        auto outcome = s.try_recvfrom_into(into, flags);
        if (!outcome) return std::unexpected(std::move(outcome).error());
        from = outcome->from;
        return outcome->size;
    }));
    if (!data) return nullptr;
    const ref sender(address_object(from, s.proto()));
    return sender ? PyTuple_Pack(2, data.get(), sender.get()) : nullptr;
}

PyObject* recv_into(PyObject* self, arguments given, Py_ssize_t count, PyObject* keywords) {
    target into;
    if (!into.read(given, count, keywords, "w*|ni:recv_into", "recv_into",
                   "buffer too small for requested bytes"))
        return nullptr;
    return count_or_raise(socket_of(self).try_recv_into(into.span(), into.flags()));
}

PyObject* recvfrom_into(PyObject* self, arguments given, Py_ssize_t count, PyObject* keywords) {
    target into;
    if (!into.read(given, count, keywords, "w*|ni:recvfrom_into", "recvfrom_into",
                   "nbytes is greater than the length of the buffer"))
        return nullptr;
    priz::socket& s = socket_of(self);
    const auto outcome = s.try_recvfrom_into(into.span(), into.flags());
    if (!outcome) return raise(outcome.error());
    const ref sender(address_object(outcome->from, s.proto()));
    return sender ? Py_BuildValue("nO", static_cast<Py_ssize_t>(outcome->size), sender.get())
                  : nullptr;
}

}  // namespace

const PyMethodDef receive_methods[] = {
    method("recv", recv,
           "recv(buffersize[, flags]) -> data\n\nAt most buffersize bytes, at least one; b'' is "
           "the end of the stream."),
    method("recvfrom", recvfrom,
           "recvfrom(buffersize[, flags]) -> (data, address)\n\nAs recv(), and who sent it."),
    method("recv_into", recv_into,
           "recv_into(buffer[, nbytes[, flags]]) -> count\n\nAs recv(), into the buffer's first "
           "nbytes bytes; 0 means all of it."),
    method("recvfrom_into", recvfrom_into,
           "recvfrom_into(buffer[, nbytes[, flags]]) -> (count, address)\n\nAs recv_into(), and "
           "who sent it."),
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace priz::python
