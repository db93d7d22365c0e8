package dev.godwit.values;

import dev.godwit.idl.core.v1.TableColumn;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;

/** Rows and columns in a file, or in a folder of part files, passed by reference: Parquet, Arrow, CSV. */
public final class Table extends Blob {
    private final List<TableColumn> columns;
    private final OptionalLong rowCount;

    Table(Place place, List<TableColumn> columns, OptionalLong rowCount) {
        super(place);
        this.columns = List.copyOf(columns);
        this.rowCount = rowCount;
    }

    /**
     * A table that is there, or will be when the task returns.
     *
     * @param path its file or folder
     * @param format {@code parquet}, {@code arrow}, {@code csv}
     * @return the table
     */
    public static Table of(Path path, String format) {
        return new Table(Place.of(path).formatted(format), List.of(), OptionalLong.empty());
    }

    /**
     * A table that is stored already.
     *
     * @param uri where it is
     * @param format {@code parquet}, {@code arrow}, {@code csv}
     * @return the table
     */
    public static Table at(String uri, String format) {
        return new Table(Place.at(uri).formatted(format), List.of(), OptionalLong.empty());
    }

    /**
     * The same table with its columns.
     *
     * @param columns in order, as {@link Codecs#columns} reads them from a record
     * @return the table
     */
    public Table withColumns(List<TableColumn> columns) {
        return new Table(place(), columns, rowCount);
    }

    /**
     * The same table with its number of rows.
     *
     * @param rows 0 or more
     * @return the table
     */
    public Table withRowCount(long rows) {
        return new Table(place(), columns, OptionalLong.of(rows));
    }

    /**
     * Its columns in order.
     *
     * @return the columns; empty where they are unknown
     */
    public List<TableColumn> columns() {
        return columns;
    }

    /**
     * Its number of rows.
     *
     * @return rows; empty where it is unknown
     */
    public OptionalLong rowCount() {
        return rowCount;
    }

    /**
     * Opens it, if it is in one file.
     *
     * @return its bytes
     * @throws dev.godwit.errors.DataException it is not where it is said to be
     */
    public InputStream open() {
        return openStream();
    }
}
