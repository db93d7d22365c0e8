package dev.godwit.values;

import dev.godwit.castability.Castability;
import dev.godwit.castability.Level;
import dev.godwit.digest.Scalars;
import dev.godwit.errors.DataException;
import dev.godwit.errors.ValueMismatchException;
import dev.godwit.idl.core.v1.DirectoryLiteral;
import dev.godwit.idl.core.v1.DirectoryType;
import dev.godwit.idl.core.v1.FileLiteral;
import dev.godwit.idl.core.v1.FileType;
import dev.godwit.idl.core.v1.Literal;
import dev.godwit.idl.core.v1.TableColumn;
import dev.godwit.idl.core.v1.TableLiteral;
import dev.godwit.idl.core.v1.TableType;
import dev.godwit.idl.core.v1.Type;
import java.io.IOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;

/** Codecs of files, directories and tables. */
final class BlobCodecs {
    private BlobCodecs() {}

    static Codec<File> file(String format) {
        return new FileCodec(format);
    }

    static Codec<Directory> directory(String format) {
        return new DirectoryCodec(format);
    }

    static Codec<Table> table(String format, List<TableColumn> columns) {
        return new TableCodec(format, columns);
    }

    /** Where a blob is once it is stored: it keeps its place if it had one. */
    private record Kept(String uri, OptionalLong sizeBytes, String digest) {
        static Kept of(Blob blob, Data data) {
            if (!blob.place().uri().isEmpty()) {
                return new Kept(blob.uri(), blob.sizeBytes(), blob.digest());
            }
            Data.Stored stored = data.publish(blob.path());
            return new Kept(stored.uri(), OptionalLong.of(stored.sizeBytes()), stored.digest());
        }
    }

    /** Whether a digest is none yet, or one of a form that can be compared. */
    private static boolean isDigest(String digest) {
        return digest.isEmpty() || Scalars.isContentDigest(digest);
    }

    /** The format that is written: the blob's own, else the type's; they must agree. */
    private static String format(String came, String wanted) {
        if (!wanted.isEmpty() && !came.isEmpty() && !came.equals(wanted)) {
            throw new ValueMismatchException("the format " + wanted, came);
        }
        return came.isEmpty() ? wanted : came;
    }

    private static OptionalLong files(Path folder) {
        try (Stream<Path> paths = Files.walk(folder, FileVisitOption.FOLLOW_LINKS)) {
            return OptionalLong.of(paths.filter(Files::isRegularFile).count());
        } catch (IOException error) {
            throw new DataException(
                    "BLOB_STORE", "Could not read " + folder + ": " + error + ".", "Check that it is there.", error);
        }
    }

    private static OptionalLong size(boolean known, long bytes) {
        return known ? OptionalLong.of(bytes) : OptionalLong.empty();
    }

    private static final class FileCodec extends Codec<File> {
        FileCodec(String format) {
            super(Type.newBuilder()
                    .setFile(FileType.newBuilder().setFormat(format))
                    .build());
        }

        @Override
        public Literal write(File value, Data data) {
            if (value == null) {
                throw unfit(null);
            }
            Kept kept = Kept.of(value, data);
            FileLiteral.Builder file = FileLiteral.newBuilder()
                    .setUri(kept.uri())
                    .setName(value.name())
                    .setFormat(format(value.format(), type().getFile().getFormat()))
                    .setDigest(kept.digest());
            kept.sizeBytes().ifPresent(file::setSizeBytes);
            return Literal.newBuilder().setFile(file).build();
        }

        @Override
        protected File readInline(Literal literal, Data data) {
            if (!literal.hasFile() || !isDigest(literal.getFile().getDigest())) {
                throw unreadable(literal);
            }
            FileLiteral of = literal.getFile();
            return new File(new Blob.Place(
                    null,
                    of.getUri(),
                    data,
                    of.getName(),
                    of.getFormat(),
                    size(of.hasSizeBytes(), of.getSizeBytes()),
                    of.getDigest()));
        }
    }

    private static final class DirectoryCodec extends Codec<Directory> {
        DirectoryCodec(String format) {
            super(Type.newBuilder()
                    .setDirectory(DirectoryType.newBuilder().setFormat(format))
                    .build());
        }

        @Override
        public Literal write(Directory value, Data data) {
            if (value == null) {
                throw unfit(null);
            }
            OptionalLong count = value.place().uri().isEmpty() ? files(value.path()) : value.fileCount();
            Kept kept = Kept.of(value, data);
            DirectoryLiteral.Builder directory = DirectoryLiteral.newBuilder()
                    .setUri(kept.uri())
                    .setFormat(format(value.format(), type().getDirectory().getFormat()))
                    .setDigest(kept.digest());
            kept.sizeBytes().ifPresent(directory::setSizeBytes);
            count.ifPresent(directory::setFileCount);
            return Literal.newBuilder().setDirectory(directory).build();
        }

        @Override
        protected Directory readInline(Literal literal, Data data) {
            if (!literal.hasDirectory() || !isDigest(literal.getDirectory().getDigest())) {
                throw unreadable(literal);
            }
            DirectoryLiteral of = literal.getDirectory();
            return new Directory(
                    new Blob.Place(
                            null,
                            of.getUri(),
                            data,
                            "",
                            of.getFormat(),
                            size(of.hasSizeBytes(), of.getSizeBytes()),
                            of.getDigest()),
                    size(of.hasFileCount(), of.getFileCount()));
        }
    }

    private static final class TableCodec extends Codec<Table> {
        TableCodec(String format, List<TableColumn> columns) {
            super(Type.newBuilder()
                    .setTable(TableType.newBuilder().setFormat(format).addAllColumns(columns))
                    .build());
        }

        @Override
        public Literal write(Table value, Data data) {
            if (value == null) {
                throw unfit(null);
            }
            List<TableColumn> wanted = type().getTable().getColumnsList();
            List<TableColumn> columns = value.columns().isEmpty() ? wanted : value.columns();
            wanted.forEach(column -> check(column, columns));
            Kept kept = Kept.of(value, data);
            TableLiteral.Builder table = TableLiteral.newBuilder()
                    .setUri(kept.uri())
                    .setFormat(format(value.format(), type().getTable().getFormat()))
                    .addAllColumns(columns)
                    .setDigest(kept.digest());
            kept.sizeBytes().ifPresent(table::setSizeBytes);
            value.rowCount().ifPresent(table::setRowCount);
            return Literal.newBuilder().setTable(table).build();
        }

        private static void check(TableColumn wanted, List<TableColumn> columns) {
            boolean there = columns.stream()
                    .anyMatch(came -> came.getName().equals(wanted.getName())
                            && Castability.level(came.getType(), wanted.getType()) == Level.SAME);
            if (!there) {
                throw new ValueMismatchException("a table with the column " + wanted.getName(), "one without it");
            }
        }

        @Override
        protected Table readInline(Literal literal, Data data) {
            if (!literal.hasTable() || !isDigest(literal.getTable().getDigest())) {
                throw unreadable(literal);
            }
            TableLiteral of = literal.getTable();
            Blob.Place place = new Blob.Place(
                    null,
                    of.getUri(),
                    data,
                    "",
                    of.getFormat(),
                    size(of.hasSizeBytes(), of.getSizeBytes()),
                    of.getDigest());
            return new Table(place, of.getColumnsList(), size(of.hasRowCount(), of.getRowCount()));
        }
    }
}
