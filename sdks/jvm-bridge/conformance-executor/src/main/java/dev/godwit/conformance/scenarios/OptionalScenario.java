package dev.godwit.conformance.scenarios;

import dev.godwit.authoring.Empty;
import dev.godwit.authoring.Expressions;
import dev.godwit.authoring.Task;
import dev.godwit.authoring.Workflow;
import dev.godwit.types.Default;
import dev.godwit.types.TypeRef;
import java.util.Optional;

/** Values that may be none: passed on, asked, replaced. */
final class OptionalScenario {
    record Name(Optional<String> name) {}

    record Used(long count, boolean known) {}

    record Given(@Default(none = true) Optional<String> name) {}

    static final Task<Name, Optional<Long>> FIND = Task.of(
            "optional.find",
            Name.class,
            new TypeRef<Optional<Long>>() {},
            given -> given.name().map(name -> (long) name.length()));
    static final Task<Used, Empty> USE = Task.of("optional.use", Used.class, Empty.class, given -> new Empty());
    static final Workflow<Given, Long> MAIN = Workflow.of("optional.main", Given.class, Long.class, flow -> {
        var name = flow.input(Given::name);
        var first = flow.call(FIND).set(Name::name).to(name).result();
        var second = flow.call(FIND).set(Name::name).to(Optional.empty()).result();
        flow.call(USE)
                .set(Used::count)
                .to(Expressions.coalesce(second, 7L))
                .set(Used::known)
                .to(Expressions.not(name.isNone()));
        flow.result(Expressions.coalesce(first, 0L));
    });

    private OptionalScenario() {}
}
