/* A small intrusion detection system on the C ABI: reads captures, prints one line a row, stops on a rule.
 *
 *   ids CAPTURE... [--table NAME]... [--set NAME=VALUE]... [--alert TABLE COLUMN WORD]
 *
 * The rule is a table, a column that holds a code, a text or a number, and the word that it is to hold. Ends with 0; with
 * 3 where the rule has fired; with 1 where something is wrong.
 *
 * It reads pcap and pcapng of the byte order of this machine. A real system has packets from its own capture.
 */
#include "fieldtap.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct rule {
    const fieldtap_table *table;
    size_t column;
    const char *word;
    int fired;
};

static void print_octets(const uint8_t *octets, size_t length) {
    for (size_t i = 0; i < length; i++) printf("%02x", octets[i]);
}

/* What came from the wire must not steer the terminal. */
static void print_text(const uint8_t *octets, size_t length) {
    for (size_t i = 0; i < length; i++) {
        if (octets[i] >= 0x20 && octets[i] < 0x7f && octets[i] != '\\')
            putchar(octets[i]);
        else
            printf("\\x%02x", octets[i]);
    }
}

static void print_address(const fieldtap_value *value) {
    if (value->address_length == 4) {
        const uint8_t *a = value->address;
        printf("%u.%u.%u.%u", a[0], a[1], a[2], a[3]);
        return;
    }
    unsigned step = value->kind == FIELDTAP_MAC ? 1 : 2;
    for (uint32_t i = 0; i < value->address_length; i++)
        printf("%s%02x", i > 0 && i % step == 0 ? ":" : "", value->address[i]);
}

static void print_value(const fieldtap_row *row, size_t column, const fieldtap_value *value) {
    switch (value->kind) {
    case FIELDTAP_BOOL: printf("%s", value->number ? "true" : "false"); break;
    case FIELDTAP_UNSIGNED: printf("%" PRIu64, value->number); break;
    case FIELDTAP_SIGNED:
    case FIELDTAP_INSTANT:
    case FIELDTAP_WALL_CLOCK:
    case FIELDTAP_DURATION: printf("%" PRId64, value->integer); break;
    case FIELDTAP_SINGLE: printf("%.9g", value->real); break;
    case FIELDTAP_DOUBLE: printf("%.17g", value->real); break;
    case FIELDTAP_TEXT:
    case FIELDTAP_SYMBOL: print_text(value->octets, value->length); break;
    case FIELDTAP_OCTETS: print_octets(value->octets, value->length); break;
    case FIELDTAP_MAC:
    case FIELDTAP_IP: print_address(value); break;
    case FIELDTAP_CODE:
        if (value->octets)
            print_text(value->octets, value->length);
        else
            printf("%" PRIu64, value->number);
        break;
    case FIELDTAP_LIST:
        for (size_t i = 0; i < value->length; i++) {
            fieldtap_value element;
            if (fieldtap_row_element(row, column, i, &element) != FIELDTAP_OK) break;
            if (i > 0) putchar(',');
            print_value(row, column, &element);
        }
        break;
    default: break;
    }
}

static int holds(const fieldtap_value *value, const char *word) {
    switch (value->kind) {
    case FIELDTAP_TEXT:
    case FIELDTAP_SYMBOL:
    case FIELDTAP_CODE:
        if (value->octets && value->length == strlen(word) && memcmp(value->octets, word, value->length) == 0)
            return 1;
        return value->kind == FIELDTAP_CODE && value->number == strtoull(word, NULL, 0) && *word >= '0' && *word <= '9';
    case FIELDTAP_BOOL: return strcmp(word, value->number ? "true" : "false") == 0;
    case FIELDTAP_UNSIGNED: return *word >= '0' && *word <= '9' && value->number == strtoull(word, NULL, 0);
    default: return 0;
    }
}

/* One row, one line: the table, then each value that is there as name=value. */
static fieldtap_status on_row(void *user, const fieldtap_row *row) {
    struct rule *rule = user;
    const fieldtap_table *table = fieldtap_row_table(row);
    fieldtap_text name = fieldtap_table_name(table);
    printf("%.*s", (int)name.length, (const char *)name.octets);
    size_t columns = fieldtap_table_columns(table);
    for (size_t i = 0; i < columns; i++) {
        fieldtap_value value;
        fieldtap_column column;
        if (fieldtap_row_value(row, i, &value) != FIELDTAP_OK || value.kind == FIELDTAP_NULL) continue;
        if (fieldtap_table_column(table, i, &column) != FIELDTAP_OK) continue;
        printf(" %.*s=", (int)column.name.length, (const char *)column.name.octets);
        print_value(row, i, &value);
    }
    putchar('\n');
    if (rule->table == table) {
        fieldtap_value value;
        if (fieldtap_row_value(row, rule->column, &value) == FIELDTAP_OK && holds(&value, rule->word)) {
            rule->fired = 1;
            return FIELDTAP_STOP;
        }
    }
    return FIELDTAP_OK;
}

/* The capture, whole in memory. */
struct capture {
    uint8_t *octets;
    size_t length;
};

static int load(const char *path, struct capture *capture) {
    FILE *file = fopen(path, "rb");
    if (!file) return 0;
    size_t room = 1 << 16;
    capture->octets = malloc(room);
    capture->length = 0;
    while (capture->octets) {
        size_t read = fread(capture->octets + capture->length, 1, room - capture->length, file);
        if (read == 0) break;
        capture->length += read;
        if (capture->length == room) {
            uint8_t *more = realloc(capture->octets, room *= 2);
            if (!more) free(capture->octets);
            capture->octets = more;
        }
    }
    fclose(file);
    return capture->octets != NULL;
}

static uint32_t u32(const uint8_t *octets) {
    uint32_t value;
    memcpy(&value, octets, sizeof value);
    return value;
}

static uint16_t u16(const uint8_t *octets) {
    uint16_t value;
    memcpy(&value, octets, sizeof value);
    return value;
}

/* libpcap's format: a header of 24 octets, then frames with a header of 16. */
static fieldtap_status read_pcap(const struct capture *capture, fieldtap_engine *engine) {
    const uint8_t *octets = capture->octets;
    int64_t unit = u32(octets) == 0xa1b23c4d ? 1 : 1000;
    fieldtap_frame frame = {0};
    frame.link_type = (uint16_t)u32(octets + 20);
    for (size_t at = 24; capture->length - at >= 16;) {
        uint32_t kept = u32(octets + at + 8);
        if (kept > capture->length - at - 16) break;
        frame.number++;
        frame.time = (int64_t)u32(octets + at) * 1000000000 + (int64_t)u32(octets + at + 4) * unit;
        frame.octets = octets + at + 16;
        frame.length = kept;
        frame.original_length = u32(octets + at + 12);
        fieldtap_status status = fieldtap_engine_frame(engine, &frame);
        if (status < 0 || status == FIELDTAP_STOP) return status;
        at += 16 + kept;
    }
    return FIELDTAP_OK;
}

struct interface {
    uint16_t link_type;
    uint64_t ticks; /* a second */
};

static struct interface read_interface(const uint8_t *block, size_t length) {
    struct interface interface = {u16(block + 8), 1000000};
    for (size_t at = 16; at + 4 <= length - 4;) {
        uint16_t code = u16(block + at), octets = u16(block + at + 2);
        if (code == 0 || octets > length - 4 - at - 4) break;
        if (code == 9 && octets == 1) { /* if_tsresol */
            uint8_t exponent = block[at + 4];
            interface.ticks = 1;
            for (unsigned i = 0; i < (exponent & 0x7fu) && i < 18; i++) interface.ticks *= exponent & 0x80 ? 2 : 10;
        }
        at += 4 + ((octets + 3u) & ~3u);
    }
    return interface;
}

/* pcapng: blocks, of which those of sections, interfaces and enhanced packets are read. */
static fieldtap_status read_pcapng(const struct capture *capture, fieldtap_engine *engine) {
    struct interface interfaces[64];
    size_t known = 0;
    fieldtap_frame frame = {0};
    for (size_t at = 0; capture->length - at >= 12;) {
        const uint8_t *block = capture->octets + at;
        uint32_t type = u32(block), length = u32(block + 4);
        if (length < 12 || length % 4 != 0 || length > capture->length - at) break;
        if (type == 0x0a0d0d0a) known = 0;
        if (type == 1 && length >= 20 && known < 64) interfaces[known++] = read_interface(block, length);
        if (type == 6 && length >= 32 && u32(block + 8) < known && u32(block + 20) <= length - 32) {
            const struct interface *interface = &interfaces[u32(block + 8)];
            uint64_t time = (uint64_t)u32(block + 12) << 32 | u32(block + 16);
            uint64_t seconds = time / interface->ticks, ticks = time % interface->ticks;
            frame.number++;
            frame.time = (int64_t)(seconds * 1000000000 + ticks * 1000000000 / interface->ticks);
            frame.link_type = interface->link_type;
            frame.interface = u32(block + 8);
            frame.octets = block + 28;
            frame.length = u32(block + 20);
            frame.original_length = u32(block + 24);
            fieldtap_status status = fieldtap_engine_frame(engine, &frame);
            if (status < 0 || status == FIELDTAP_STOP) return status;
        }
        at += length;
    }
    return FIELDTAP_OK;
}

static int wrong(const char *what) {
    fprintf(stderr, "error: %s: %s\n", what, fieldtap_error_message());
    return 1;
}

/* One capture, by an engine of its own. */
static int run_capture(const char *path, const fieldtap_config *config, struct rule *rule) {
    struct capture capture = {0};
    fieldtap_engine *engine = NULL;
    int code = 1;
    if (!load(path, &capture) || capture.length < 24) {
        fprintf(stderr, "error: %s cannot be read\n", path);
    } else if (fieldtap_engine_new(&engine, config, on_row, rule) != FIELDTAP_OK) {
        wrong("engine");
    } else {
        uint32_t magic = u32(capture.octets);
        fieldtap_status status = FIELDTAP_OK;
        fieldtap_counters counters;
        if (magic == 0x0a0d0d0a)
            status = read_pcapng(&capture, engine);
        else if (magic == 0xa1b2c3d4 || magic == 0xa1b23c4d)
            status = read_pcap(&capture, engine);
        else {
            fprintf(stderr, "error: %s is no capture that this example reads\n", path);
            goto done;
        }
        if (status == FIELDTAP_OK) status = fieldtap_engine_finish(engine);
        if (status < 0 || fieldtap_engine_counters(engine, &counters) != FIELDTAP_OK) {
            wrong(path);
            goto done;
        }
        fprintf(stderr, "%" PRIu64 " frames, %" PRIu64 " conversations%s\n", counters.frames, counters.conversations,
                rule->fired ? ": the rule has fired" : "");
        code = rule->fired ? 3 : 0;
    }
done:
    fieldtap_engine_free(&engine);
    free(capture.octets);
    return code;
}

static int run(int argc, char **argv, fieldtap_config *config) {
    struct rule rule = {0};
    int captures = 0, code = 0;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--table") == 0 && i + 1 < argc) {
            if (fieldtap_config_add_table(config, argv[++i]) != FIELDTAP_OK) return wrong("--table");
        } else if (strcmp(argv[i], "--set") == 0 && i + 1 < argc) {
            char *value = strchr(argv[++i], '=');
            if (!value) return fprintf(stderr, "error: --set NAME=VALUE\n"), 1;
            *value++ = 0;
            if (fieldtap_config_set(config, argv[i], value) != FIELDTAP_OK) return wrong("--set");
        } else if (strcmp(argv[i], "--alert") == 0 && i + 3 < argc) {
            rule.table = fieldtap_table_named(argv[i + 1]);
            ptrdiff_t column = fieldtap_table_column_named(rule.table, argv[i + 2]);
            if (!rule.table || column < 0) return fprintf(stderr, "error: no such table or column\n"), 1;
            rule.column = (size_t)column;
            rule.word = argv[i + 3];
            i += 3;
        } else if (argv[i][0] != '-') {
            argv[captures++] = argv[i]; /* the places before this one have been read */
        } else {
            return fprintf(stderr, "error: %s is not known\n", argv[i]), 1;
        }
    }
    if (captures == 0) return fprintf(stderr, "usage: ids CAPTURE... [--table NAME]... [--set NAME=VALUE]... "
                                              "[--alert TABLE COLUMN WORD]\n"), 1;
    for (int i = 0; i < captures && code != 3; i++) {
        int of_this = run_capture(argv[i], config, &rule);
        if (of_this > code) code = of_this;
    }
    return code;
}

int main(int argc, char **argv) {
    if (fieldtap_abi_version() != FIELDTAP_ABI_VERSION) {
        fprintf(stderr, "error: the library has another ABI than this program was built for\n");
        return 1;
    }
    fieldtap_config *config = NULL;
    int code = fieldtap_config_new(&config) == FIELDTAP_OK ? run(argc, argv, config) : wrong("config");
    fieldtap_config_free(&config);
    return code;
}
