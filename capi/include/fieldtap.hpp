// fieldtap for C++17: the handles of fieldtap.h as objects that free themselves, and errors as exceptions.
//
// A callback must not throw: what it throws is kept, the dissection is stopped, and it is thrown again by the call that
// the callback was called from.
#ifndef FIELDTAP_HPP
#define FIELDTAP_HPP

#include "fieldtap.h"

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace fieldtap {

/// A call that was not done.
class Error : public std::runtime_error {
  public:
    explicit Error(fieldtap_status status) : std::runtime_error(fieldtap_error_message()), status(status) {}
    /// One of `FIELDTAP_ERROR_NULL` and its like.
    const fieldtap_status status;
};

inline fieldtap_status check(fieldtap_status status) {
    if (status < 0) throw Error(status);
    return status;
}

inline std::string_view view(fieldtap_text text) {
    return {reinterpret_cast<const char *>(text.octets), text.length};
}

/// Settings: see `fieldtap_config_set`.
class Config {
  public:
    Config() { check(fieldtap_config_new(&config_)); }
    ~Config() { fieldtap_config_free(&config_); }
    Config(const Config &) = delete;
    Config &operator=(const Config &) = delete;

    Config &set(const char *name, const char *value) { return did(fieldtap_config_set(config_, name, value)); }
    Config &protocol(const char *name) { return did(fieldtap_config_add_protocol(config_, name)); }
    Config &table(const char *name) { return did(fieldtap_config_add_table(config_, name)); }
    const fieldtap_config *get() const { return config_; }

  private:
    Config &did(fieldtap_status status) {
        check(status);
        return *this;
    }
    fieldtap_config *config_ = nullptr;
};

/// One row, as long as the callback that it is given to runs.
class Row {
  public:
    explicit Row(const fieldtap_row *row) : row_(row) {}
    const fieldtap_table *table() const { return fieldtap_row_table(row_); }
    std::string_view name() const { return view(fieldtap_table_name(table())); }
    fieldtap_value operator[](std::size_t column) const {
        fieldtap_value value;
        check(fieldtap_row_value(row_, column, &value));
        return value;
    }
    /// Of the column of this name, which is one of the table's or the envelope's. Where rows are many, ask for its index once.
    fieldtap_value named(const char *column) const {
        const std::ptrdiff_t index = fieldtap_table_column_named(table(), column);
        if (index < 0) throw std::out_of_range(std::string("no column is named ") + column);
        return (*this)[static_cast<std::size_t>(index)];
    }
    fieldtap_value element(std::size_t column, std::size_t index) const {
        fieldtap_value value;
        check(fieldtap_row_element(row_, column, index, &value));
        return value;
    }

  private:
    const fieldtap_row *row_;
};

/// Takes a row; returns `FIELDTAP_OK`, `FIELDTAP_LEAVE` or `FIELDTAP_STOP`.
using OnRow = std::function<fieldtap_status(const Row &)>;

/// What an engine and a session have in common: the callback, which stays where it is when they are moved.
class Caller {
  protected:
    explicit Caller(OnRow call) : told_(std::make_unique<Told>(Told{std::move(call), nullptr})) {}
    static fieldtap_status row(void *user, const fieldtap_row *row) noexcept {
        auto &told = *static_cast<Told *>(user);
        try {
            return told.call(Row(row));
        } catch (...) {
            told.thrown = std::current_exception();
            return FIELDTAP_STOP;
        }
    }
    fieldtap_status done(fieldtap_status status) {
        if (auto thrown = std::exchange(told_->thrown, nullptr)) std::rethrow_exception(thrown);
        return check(status);
    }
    void *user() { return told_.get(); }

  private:
    struct Told {
        OnRow call;
        std::exception_ptr thrown;
    };
    std::unique_ptr<Told> told_;
};

/// Frames in, rows out.
class Engine : Caller {
  public:
    Engine(const Config &config, OnRow call) : Caller(std::move(call)) {
        check(fieldtap_engine_new(&engine_, config.get(), row, user()));
    }
    ~Engine() { fieldtap_engine_free(&engine_); }
    Engine(Engine &&other) noexcept : Caller(std::move(other)), engine_(std::exchange(other.engine_, nullptr)) {}
    Engine &operator=(Engine &&) = delete;

    fieldtap_status frame(const fieldtap_frame &frame) { return done(fieldtap_engine_frame(engine_, &frame)); }
    fieldtap_status advance(std::int64_t now) { return done(fieldtap_engine_advance(engine_, now)); }
    fieldtap_status finish() { return done(fieldtap_engine_finish(engine_)); }
    fieldtap_counters counters() {
        fieldtap_counters counters;
        check(fieldtap_engine_counters(engine_, &counters));
        return counters;
    }

  private:
    fieldtap_engine *engine_ = nullptr;
};

/// Ordered octets of one conversation in, rows out.
class Session : Caller {
  public:
    /// Without `client` and `server`, rows do not tell who sent them.
    Session(const Config &config, const fieldtap_protocol *protocol, OnRow call, const fieldtap_peer *client = nullptr,
            const fieldtap_peer *server = nullptr)
        : Caller(std::move(call)) {
        check(fieldtap_session_new(&session_, config.get(), protocol, client, server, row, user()));
    }
    ~Session() { fieldtap_session_free(&session_); }
    Session(Session &&other) noexcept : Caller(std::move(other)), session_(std::exchange(other.session_, nullptr)) {}
    Session &operator=(Session &&) = delete;

    fieldtap_status feed(std::uint32_t toward, const fieldtap_mark &mark, const void *octets, std::size_t length) {
        const fieldtap_buffer buffer = {static_cast<const std::uint8_t *>(octets), length};
        return feed_buffers(toward, mark, &buffer, 1);
    }
    /// Octets that lie in a chain of buffers.
    fieldtap_status feed_buffers(std::uint32_t toward, const fieldtap_mark &mark, const fieldtap_buffer *buffers,
                                 std::size_t count) {
        return done(fieldtap_session_feed(session_, toward, &mark, buffers, count));
    }
    fieldtap_status datagram(std::uint32_t toward, const fieldtap_mark &mark, const void *octets, std::size_t length) {
        const auto *first = static_cast<const std::uint8_t *>(octets);
        return done(fieldtap_session_datagram(session_, toward, &mark, first, length));
    }
    fieldtap_status gap(std::uint32_t toward, const fieldtap_mark &mark, std::uint64_t length) {
        return done(fieldtap_session_gap(session_, toward, &mark, length));
    }
    fieldtap_status advance(const fieldtap_mark &mark) { return done(fieldtap_session_advance(session_, &mark)); }
    fieldtap_status finish(const fieldtap_mark &mark) { return done(fieldtap_session_finish(session_, &mark)); }
    fieldtap_tally tally(std::uint32_t toward) {
        fieldtap_tally tally;
        check(fieldtap_session_tally(session_, toward, &tally));
        return tally;
    }

  private:
    fieldtap_session *session_ = nullptr;
};

}  // namespace fieldtap

#endif
