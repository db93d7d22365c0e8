package dev.godwit.json;

import com.google.protobuf.ByteString;
import dev.godwit.digest.Scalars;
import dev.godwit.errors.ValueMismatchException;
import dev.godwit.idl.core.v1.DataIndex;
import dev.godwit.idl.core.v1.DataRef;
import dev.godwit.idl.core.v1.DirectoryLiteral;
import dev.godwit.idl.core.v1.FileLiteral;
import dev.godwit.idl.core.v1.Literal;
import dev.godwit.idl.core.v1.TableColumn;
import dev.godwit.idl.core.v1.TableLiteral;
import dev.godwit.idl.core.v1.Type;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Files, directories, tables and references as JSON: an object with their facts, or read, too, a path or uri alone. */
final class JsonPlaces {
    private static final Map<String, String> TABLE_FORMATS =
            Map.of("parquet", "parquet", "arrow", "arrow", "feather", "arrow", "csv", "csv");
    private static final int DIGEST_DIGITS = 64;

    private JsonPlaces() {}

    /** Facts in their order; what is empty or unknown is left out. */
    private static final class Facts {
        private final Map<String, JsonValue> members = new LinkedHashMap<>();

        Facts text(String name, String value) {
            if (!value.isEmpty()) {
                members.put(name, new JsonString(value));
            }
            return this;
        }

        Facts count(String name, boolean known, long value) {
            if (known) {
                members.put(name, JsonNumber.of(value));
            }
            return this;
        }

        Facts value(String name, JsonValue value) {
            members.put(name, value);
            return this;
        }

        JsonObject made() {
            return new JsonObject(members);
        }
    }

    static JsonObject write(DataRef of) {
        Facts facts = new Facts()
                .text("uri", of.getUri())
                .count("size_bytes", true, of.getSizeBytes())
                .text("digest", HexFormat.of().formatHex(of.getDigest().toByteArray()));
        if (of.hasType()) {
            facts.value("type", MessageJson.write(of.getType()));
        }
        return facts.count("item_count", of.hasItemCount(), of.getItemCount())
                .count("footer_offset", of.hasIndex(), of.getIndex().getFooterOffset())
                .made();
    }

    static JsonObject write(FileLiteral of) {
        return new Facts()
                .text("uri", of.getUri())
                .text("name", of.getName())
                .text("format", of.getFormat())
                .count("size_bytes", of.hasSizeBytes(), of.getSizeBytes())
                .text("digest", of.getDigest())
                .made();
    }

    static JsonObject write(DirectoryLiteral of) {
        return new Facts()
                .text("uri", of.getUri())
                .text("format", of.getFormat())
                .count("size_bytes", of.hasSizeBytes(), of.getSizeBytes())
                .count("file_count", of.hasFileCount(), of.getFileCount())
                .text("digest", of.getDigest())
                .made();
    }

    static JsonObject write(TableLiteral of) {
        Facts facts = new Facts()
                .text("uri", of.getUri())
                .text("format", of.getFormat())
                .count("row_count", of.hasRowCount(), of.getRowCount())
                .count("size_bytes", of.hasSizeBytes(), of.getSizeBytes())
                .text("digest", of.getDigest());
        if (of.getColumnsCount() > 0) {
            List<JsonValue> columns = new ArrayList<>();
            of.getColumnsList()
                    .forEach(column -> columns.add(new Facts()
                            .text("name", column.getName())
                            .value("type", MessageJson.write(column.getType()))
                            .made()));
            facts.value("columns", new JsonArray(columns));
        }
        return facts.made();
    }

    static Literal readFile(JsonValue value, Type of, String path, boolean lenient) {
        FileLiteral.Builder file = FileLiteral.newBuilder();
        if (lenient && value instanceof JsonString text && !text.value().isEmpty()) {
            String uri = text.value();
            String bare = uri.replaceAll("/+$", "");
            file.setUri(uri).setName(bare.substring(bare.lastIndexOf('/') + 1));
        } else {
            Reading facts = new Reading(value, "a file", path, "uri", "name", "format", "size_bytes", "digest");
            file.setUri(facts.uri())
                    .setName(facts.text("name"))
                    .setFormat(facts.text("format"))
                    .setDigest(facts.digest());
            facts.count("size_bytes").ifPresent(file::setSizeBytes);
        }
        if (file.getFormat().isEmpty()) {
            file.setFormat(of.getFile().getFormat());
        }
        return Literal.newBuilder().setFile(file).build();
    }

    static Literal readDirectory(JsonValue value, Type of, String path, boolean lenient) {
        DirectoryLiteral.Builder directory = DirectoryLiteral.newBuilder();
        if (lenient && value instanceof JsonString text && !text.value().isEmpty()) {
            directory.setUri(text.value());
        } else {
            Reading facts =
                    new Reading(value, "a directory", path, "uri", "format", "size_bytes", "file_count", "digest");
            directory.setUri(facts.uri()).setFormat(facts.text("format")).setDigest(facts.digest());
            facts.count("size_bytes").ifPresent(directory::setSizeBytes);
            facts.count("file_count").ifPresent(directory::setFileCount);
        }
        if (directory.getFormat().isEmpty()) {
            directory.setFormat(of.getDirectory().getFormat());
        }
        return Literal.newBuilder().setDirectory(directory).build();
    }

    static Literal readTable(JsonValue value, Type of, String path, boolean lenient) {
        TableLiteral.Builder table = TableLiteral.newBuilder();
        String wanted = of.getTable().getFormat();
        if (lenient && value instanceof JsonString text && !text.value().isEmpty()) {
            String extension = text.value().substring(text.value().lastIndexOf('.') + 1);
            String format = TABLE_FORMATS.getOrDefault(extension.toLowerCase(Locale.ROOT), "");
            table.setUri(text.value())
                    .setFormat(wanted.isEmpty() ? format : wanted)
                    .addAllColumns(of.getTable().getColumnsList());
        } else {
            Reading facts = new Reading(
                    value, "a table", path, "uri", "format", "row_count", "size_bytes", "digest", "columns");
            table.setUri(facts.uri()).setDigest(facts.digest());
            table.setFormat(facts.text("format").isEmpty() ? wanted : facts.text("format"));
            facts.count("row_count").ifPresent(table::setRowCount);
            facts.count("size_bytes").ifPresent(table::setSizeBytes);
            for (JsonValue column : facts.list("columns")) {
                table.addColumns(MessageJson.read(column, TableColumn.newBuilder(), path + ".columns"));
            }
        }
        if (table.getFormat().isEmpty()) {
            throw new ValueMismatchException(
                    path, "a table of a known format", "none", "Say \"format\": one of arrow, csv, parquet.");
        }
        return Literal.newBuilder().setTable(table).build();
    }

    static Literal readReference(JsonValue value, String path) {
        Reading facts = new Reading(
                value, "a reference", path, "uri", "size_bytes", "digest", "type", "item_count", "footer_offset");
        String digest = facts.text("digest");
        if (!digest.matches("[0-9a-fA-F]{" + DIGEST_DIGITS + "}")) {
            throw new ValueMismatchException(path + ".digest", "64 hexadecimal digits", JsonText.quote(digest), "");
        }
        DataRef.Builder reference = DataRef.newBuilder()
                .setUri(facts.uri())
                .setDigest(ByteString.copyFrom(HexFormat.of().parseHex(digest)));
        facts.count("size_bytes").ifPresent(reference::setSizeBytes);
        facts.count("item_count").ifPresent(reference::setItemCount);
        facts.count("footer_offset")
                .ifPresent(offset -> reference.setIndex(DataIndex.newBuilder().setFooterOffset(offset)));
        facts.value("type")
                .ifPresent(type -> reference.setType(MessageJson.read(type, Type.newBuilder(), path + ".type")));
        return Literal.newBuilder().setReference(reference).build();
    }

    /** A digest of content; empty where it is unknown. */
    static String checkedDigest(String digest, String path) {
        if (!digest.isEmpty() && !Scalars.isContentDigest(digest)) {
            throw new ValueMismatchException(
                    path + ".digest", "sha256: and 64 hexadecimal digits", JsonText.quote(digest), "");
        }
        return digest;
    }
}
