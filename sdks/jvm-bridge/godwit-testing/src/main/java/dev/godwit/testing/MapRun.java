package dev.godwit.testing;

import dev.godwit.authoring.Callee;
import dev.godwit.idl.core.v1.Binding;
import dev.godwit.idl.core.v1.Input;
import dev.godwit.idl.core.v1.ListLiteral;
import dev.godwit.idl.core.v1.ListType;
import dev.godwit.idl.core.v1.Literal;
import dev.godwit.idl.core.v1.MapNode;
import dev.godwit.idl.core.v1.NamedLiterals;
import dev.godwit.idl.core.v1.Node;
import dev.godwit.idl.core.v1.NoneValue;
import dev.godwit.idl.core.v1.Output;
import dev.godwit.idl.core.v1.Type;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** One run of a map: one item after the other. */
final class MapRun {
    private static final Literal NONE =
            Literal.newBuilder().setNone(NoneValue.getDefaultInstance()).build();

    private final InPlace place;
    private final Evaluation evaluation;
    private final Callee<?, ?> callee;
    private final Node node;
    private final MapNode map;
    private final String path;
    private final List<NodeFailedException> failures = new ArrayList<>();

    MapRun(InPlace place, Evaluation evaluation, Callee<?, ?> callee, Node node, String path) {
        this.place = place;
        this.evaluation = evaluation;
        this.callee = callee;
        this.node = node;
        this.map = node.getMap();
        this.path = path;
    }

    void run(Scope scope) {
        Map<String, Type> types = new HashMap<>();
        for (Input input : callee.signature().declared().getInputsList()) {
            types.put(input.getName(), input.getType());
        }
        Map<String, List<Literal>> lists = new HashMap<>();
        for (Binding over : map.getOverList()) {
            Type list = listOf(types.get(over.getName()));
            lists.put(over.getName(), evaluation.items(evaluation.of(over.getValue(), list, scope)));
        }
        int length = lists.values().iterator().next().size();
        if (lists.values().stream().anyMatch(list -> list.size() != length)) {
            throw new EvaluationException("MAP_LENGTHS_DIFFER", "the mapped lists are of different lengths");
        }
        List<NamedLiterals> results = new ArrayList<>();
        for (int i = 0; i < length; i++) {
            results.add(item(i, lists, types, scope));
        }
        checkSuccesses(length);
        keep(results, scope);
    }

    private NamedLiterals item(int index, Map<String, List<Literal>> lists, Map<String, Type> types, Scope scope) {
        Scope own = new Scope(scope);
        NamedLiterals.Builder given = NamedLiterals.newBuilder();
        lists.forEach((name, list) -> {
            own.item(name, Typed.of(list.get(index), types.get(name)));
            given.addValuesBuilder().setName(name).setValue(list.get(index));
        });
        String place = path + "/[" + index + "]";
        try {
            given.addAllValues(WorkflowRun.bound(evaluation, callee, map.getInputsList(), own)
                    .getValuesList());
            return this.place.call(callee, given.build(), place);
        } catch (NodeFailedException failure) {
            failures.add(failure);
        } catch (EvaluationException error) {
            failures.add(new NodeFailedException(error.code(), place, error.getMessage(), error));
        }
        if (!isTolerant()) {
            throw failures.get(0);
        }
        return null;
    }

    private boolean isTolerant() {
        return map.getToleranceCase() != MapNode.ToleranceCase.TOLERANCE_NOT_SET;
    }

    private void checkSuccesses(int length) {
        int succeeded = length - failures.size();
        boolean enough = switch (map.getToleranceCase()) {
            case MIN_SUCCESSES -> succeeded >= Math.min(map.getMinSuccesses(), length);
            case MIN_SUCCESS_RATIO -> succeeded >= Math.ceil(map.getMinSuccessRatio() * length - 1e-9);
            default -> failures.isEmpty();
        };
        if (!enough) {
            throw failures.get(0);
        }
    }

    private void keep(List<NamedLiterals> results, Scope scope) {
        List<Output> outputs = callee.signature().declared().getOutputsList();
        for (int i = 0; i < outputs.size(); i++) {
            ListLiteral.Builder list = ListLiteral.newBuilder();
            for (NamedLiterals result : results) {
                list.addItems(result == null ? NONE : result.getValues(i).getValue());
            }
            Type item = isTolerant()
                    ? outputs.get(i).getType().toBuilder().setNullable(true).build()
                    : outputs.get(i).getType();
            Literal literal = Literal.newBuilder().setList(list).build();
            scope.output(node.getId(), outputs.get(i).getName(), Typed.of(literal, listOf(item)));
        }
    }

    private static Type listOf(Type item) {
        return Type.newBuilder().setList(ListType.newBuilder().setItem(item)).build();
    }
}
