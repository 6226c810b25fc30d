// Sessions in C++: a Modbus request and its answer, each in two pieces, as an IDS that has streams would feed them.
#include "fieldtap.hpp"

#include <cstdio>

int main() {
    using namespace fieldtap;
    const unsigned char request[] = {0, 1, 0, 0, 0, 6, 1, 3, 0, 16, 0, 2};
    const unsigned char answer[] = {0, 1, 0, 0, 0, 7, 1, 3, 4, 0, 10, 1, 2};
    int rows = 0;
    Config config;
    config.table("messages");
    Session session(config, fieldtap_protocol_named("modbus"), [&rows](const Row &row) {
        std::printf("%.*s\n", static_cast<int>(row.name().size()), row.name().data());
        return ++rows, FIELDTAP_OK;
    });
    Session moved(std::move(session));
    const fieldtap_mark mark = {1, 0, 0};
    moved.feed(FIELDTAP_TOWARD_SERVER, mark, request, 5);
    moved.feed(FIELDTAP_TOWARD_SERVER, mark, request + 5, sizeof request - 5);
    moved.feed(FIELDTAP_TOWARD_CLIENT, mark, answer, 9);
    moved.feed(FIELDTAP_TOWARD_CLIENT, mark, answer + 9, sizeof answer - 9);
    moved.finish(mark);

    // Errors and what a callback throws come out of the call.
    int caught = 0;
    try {
        config.set("no_such_setting", "1");
    } catch (const Error &error) {
        caught += error.status == FIELDTAP_ERROR_NAME;
    }
    Session throws(config, fieldtap_protocol_named("modbus"), [](const Row &) -> fieldtap_status { throw 7; });
    try {
        throws.feed(FIELDTAP_TOWARD_SERVER, mark, request, sizeof request);
        throws.finish(mark);
    } catch (int thrown) {
        caught += thrown == 7;
    }
    return rows == 2 && caught == 2 ? 0 : 1;
}
