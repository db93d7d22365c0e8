package dev.godwit.conformance.scenarios;

import dev.godwit.authoring.Empty;
import dev.godwit.authoring.Expressions;
import dev.godwit.authoring.Task;
import dev.godwit.authoring.Workflow;
import dev.godwit.types.Columns;
import dev.godwit.values.Table;
import java.util.List;
import java.util.Optional;

/** Tables: of any columns, with columns in an order that is not that of their names, with cells that may be none. */
final class TablesScenario {
    record Wide(String name, long age, Optional<Double> weight) {}

    record Aged(long age) {}

    record Loaded(@Columns(Wide.class) Table wide, Table plain) {}

    record Used(@Columns(Aged.class) Table some, List<Table> any) {}

    record Given(Table given) {}

    record Result(@Columns(Wide.class) Table result) {}

    static final Task<Empty, Loaded> LOAD = Task.of(
            "tables.load",
            Empty.class,
            Loaded.class,
            given -> new Loaded(Table.at("memory://wide", "parquet"), Table.at("memory://plain", "parquet")));
    static final Task<Used, Empty> USE = Task.of("tables.use", Used.class, Empty.class, given -> new Empty());
    static final Workflow<Given, Result> MAIN = Workflow.of("tables.main", Given.class, Result.class, flow -> {
        var loaded = flow.call(LOAD);
        flow.call(USE)
                .set(Used::some)
                .to(loaded.get(Loaded::wide))
                .set(Used::any)
                .to(Expressions.list(loaded.get(Loaded::plain), flow.input(Given::given)));
        flow.output(Result::result).to(loaded.get(Loaded::wide));
    });

    private TablesScenario() {}
}
