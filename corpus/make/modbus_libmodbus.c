/* A Modbus server and a Modbus client made with libmodbus.
 *
 * modbus_libmodbus server ADDRESS PORT
 * modbus_libmodbus client ADDRESS PORT
 */
#include <errno.h>
#include <modbus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BITS = 2100, REGISTERS = 260 };

static int serve(const char *address, int port) {
    modbus_t *context = modbus_new_tcp(address, port);
    modbus_mapping_t *map = modbus_mapping_new(BITS, BITS, REGISTERS, REGISTERS);
    uint8_t request[MODBUS_TCP_MAX_ADU_LENGTH];
    int listening;

    if (context == NULL || map == NULL)
        return 1;
    for (int i = 0; i < BITS; i++) {
        map->tab_bits[i] = i % 3 == 0;
        map->tab_input_bits[i] = i % 5 == 0;
    }
    for (int i = 0; i < REGISTERS; i++) {
        map->tab_registers[i] = (uint16_t)(i * 257);
        map->tab_input_registers[i] = (uint16_t)(4000 + i);
    }
    listening = modbus_tcp_listen(context, 1);
    if (listening == -1) {
        fprintf(stderr, "listen: %s\n", modbus_strerror(errno));
        return 1;
    }
    for (;;) {
        if (modbus_tcp_accept(context, &listening) == -1)
            return 1;
        for (;;) {
            int length = modbus_receive(context, request);
            if (length == -1)
                break;
            if (length > 0)
                modbus_reply(context, request, length, map);
        }
        modbus_close(context);
    }
}

static void said(const char *what, int result) {
    if (result == -1)
        printf("   libmodbus %s: %s\n", what, modbus_strerror(errno));
}

static void raw(modbus_t *context, const char *what, const uint8_t *request, int length) {
    uint8_t answer[MODBUS_TCP_MAX_ADU_LENGTH];

    modbus_send_raw_request(context, (uint8_t *)request, length);
    said(what, modbus_receive_confirmation(context, answer));
}

static int poll_server(const char *address, int port) {
    static const uint8_t diagnostics[] = {1, 8, 0, 0, 0xA5, 0x37};
    static const uint8_t counter[] = {1, 11};
    static const uint8_t identification[] = {1, 43, 14, 1, 0};
    static const uint8_t vendor[] = {1, 100, 1, 2, 3};
    modbus_t *context = modbus_new_tcp(address, port);
    uint8_t bits[MODBUS_MAX_READ_BITS];
    uint16_t registers[MODBUS_MAX_READ_REGISTERS];

    if (context == NULL)
        return 1;
    modbus_set_slave(context, 1);
    modbus_set_response_timeout(context, 0, 300000);
    if (modbus_connect(context) == -1)
        return 1;
    memset(bits, 1, sizeof bits);
    for (int i = 0; i < MODBUS_MAX_READ_REGISTERS; i++)
        registers[i] = (uint16_t)(i * 11);

    said("read bits", modbus_read_bits(context, 19, 19, bits));
    said("read bits, most", modbus_read_bits(context, 0, MODBUS_MAX_READ_BITS, bits));
    said("read input bits", modbus_read_input_bits(context, 196, 22, bits));
    said("read registers", modbus_read_registers(context, 107, 3, registers));
    said("read registers, most", modbus_read_registers(context, 0, MODBUS_MAX_READ_REGISTERS, registers));
    said("read input registers", modbus_read_input_registers(context, 8, 1, registers));
    said("write bit", modbus_write_bit(context, 172, TRUE));
    said("write bit", modbus_write_bit(context, 172, FALSE));
    said("write register", modbus_write_register(context, 1, 3));
    said("write bits", modbus_write_bits(context, 19, 10, bits));
    said("write bits, most", modbus_write_bits(context, 0, MODBUS_MAX_WRITE_BITS, bits));
    said("write registers", modbus_write_registers(context, 1, 2, registers));
    said("write registers, most", modbus_write_registers(context, 0, MODBUS_MAX_WRITE_REGISTERS, registers));
    said("report slave id", modbus_report_slave_id(context, sizeof bits, bits));
    said("mask write register", modbus_mask_write_register(context, 4, 0x00F2, 0x0025));
    said("write and read registers", modbus_write_and_read_registers(context, 14, 3, registers, 3, 6, registers));
    said("read bits beyond the end", modbus_read_bits(context, 3000, 4, bits));
    said("read registers beyond the end", modbus_read_registers(context, 259, 2, registers));
    said("write register beyond the end", modbus_write_register(context, 60000, 1));
    raw(context, "diagnostics", diagnostics, sizeof diagnostics);
    raw(context, "comm event counter", counter, sizeof counter);
    raw(context, "device identification", identification, sizeof identification);
    raw(context, "vendor function 100", vendor, sizeof vendor);
    modbus_close(context);
    modbus_free(context);
    return 0;
}

int main(int count, char **words) {
    if (count == 4 && strcmp(words[1], "server") == 0)
        return serve(words[2], atoi(words[3]));
    if (count == 4 && strcmp(words[1], "client") == 0)
        return poll_server(words[2], atoi(words[3]));
    fprintf(stderr, "usage: %s server|client ADDRESS PORT\n", words[0]);
    return 2;
}
