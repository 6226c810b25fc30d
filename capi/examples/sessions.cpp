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

    // Who speaks is told to rows, octets may lie in a chain of buffers, datagrams hold whole messages, and time passes: the
    // second request is never answered.
    const fieldtap_peer client = {{192, 0, 2, 1}, 4, 40000};
    const fieldtap_peer server = {{192, 0, 2, 2}, 4, 502};
    int clients = 0, operations = 0;
    Config everything;
    everything.table("messages").table("operations");
    const auto count = [&clients, &operations](const Row &row) {
        operations += row.name() == "operations";
        const fieldtap_value sender = row.named("sender");
        clients += sender.kind == FIELDTAP_IP && sender.address_length == 4 && sender.address[3] == 1;
        return FIELDTAP_OK;
    };
    Session told(everything, fieldtap_protocol_named("modbus"), count, &client, &server);
    const fieldtap_buffer chain[] = {{request, 5}, {request + 5, sizeof request - 5}};
    told.feed_buffers(FIELDTAP_TOWARD_SERVER, mark, chain, 2);
    told.datagram(FIELDTAP_TOWARD_CLIENT, mark, answer, sizeof answer);
    told.datagram(FIELDTAP_TOWARD_SERVER, mark, request, sizeof request);
    told.gap(FIELDTAP_TOWARD_CLIENT, mark, 3);
    told.advance({2, std::int64_t{3600} * 1000000000, 0});
    const fieldtap_tally tally = told.tally(FIELDTAP_TOWARD_SERVER);
    const bool right = tally.messages == 2 && told.tally(FIELDTAP_TOWARD_CLIENT).missing == 3 && operations == 2 &&
                       clients >= 2;

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
    return rows == 2 && caught == 2 && right ? 0 : 1;
}
