package dev.godwit.testing;

import dev.godwit.castability.Coercion;
import dev.godwit.idl.core.v1.AccessStep;
import dev.godwit.idl.core.v1.Binding;
import dev.godwit.idl.core.v1.Expression;
import dev.godwit.idl.core.v1.ExpressionMapEntry;
import dev.godwit.idl.core.v1.ListLiteral;
import dev.godwit.idl.core.v1.Literal;
import dev.godwit.idl.core.v1.MapEntry;
import dev.godwit.idl.core.v1.MapLiteral;
import dev.godwit.idl.core.v1.NamedLiteral;
import dev.godwit.idl.core.v1.NoneValue;
import dev.godwit.idl.core.v1.RecordField;
import dev.godwit.idl.core.v1.RecordLiteral;
import dev.godwit.idl.core.v1.Type;
import dev.godwit.values.Data;
import dev.godwit.values.Offloading;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Computes what expressions stand for. */
final class Evaluation {
    private final Data data;

    Evaluation(Data data) {
        this.data = data;
    }

    /** The value of an expression as one of the type that it is meant for. */
    Literal of(Expression expression, Type target, Scope scope) {
        return switch (expression.getKindCase()) {
            case LIST -> list(expression, target, scope);
            case MAP -> map(expression, target, scope);
            case RECORD -> record(expression, target, scope);
            default -> converted(of(expression, scope), target);
        };
    }

    private Literal converted(Typed value, Type target) {
        return value.type()
                .map(source -> Coercion.coerce(value.literal(), source, target))
                .orElse(value.literal());
    }

    private Literal list(Expression expression, Type target, Scope scope) {
        ListLiteral.Builder list = ListLiteral.newBuilder();
        for (Expression item : expression.getList().getItemsList()) {
            list.addItems(of(item, target.getList().getItem(), scope));
        }
        return Literal.newBuilder().setList(list).build();
    }

    private Literal map(Expression expression, Type target, Scope scope) {
        MapLiteral.Builder map = MapLiteral.newBuilder();
        for (ExpressionMapEntry entry : expression.getMap().getEntriesList()) {
            map.addEntries(MapEntry.newBuilder()
                    .setKey(entry.getKey())
                    .setValue(of(entry.getValue(), target.getMap().getValue(), scope)));
        }
        return Literal.newBuilder().setMap(map).build();
    }

    private Literal record(Expression expression, Type target, Scope scope) {
        Type own = Type.newBuilder().setRecord(expression.getRecord().getType()).build();
        Map<String, Type> types = new java.util.HashMap<>();
        for (RecordField field : own.getRecord().getFieldsList()) {
            types.put(field.getName(), field.getType());
        }
        RecordLiteral.Builder record = RecordLiteral.newBuilder();
        for (Binding field : expression.getRecord().getFieldsList()) {
            record.addFields(NamedLiteral.newBuilder()
                    .setName(field.getName())
                    .setValue(of(field.getValue(), types.get(field.getName()), scope)));
        }
        return Coercion.coerce(Literal.newBuilder().setRecord(record).build(), own, target);
    }

    boolean holds(Expression condition, Scope scope) {
        return of(condition, scope).literal().getBoolValue();
    }

    private Typed of(Expression expression, Scope scope) {
        return switch (expression.getKindCase()) {
            case LITERAL -> Typed.constant(expression.getLiteral());
            case WORKFLOW_INPUT, NODE_OUTPUT, MAP_ITEM, HANDLED_ERROR -> scope.find(expression);
            case ACCESS -> access(expression, scope);
            case COMPARISON -> {
                var comparison = expression.getComparison();
                Literal left = of(comparison.getLeft(), scope).literal();
                Literal right = of(comparison.getRight(), scope).literal();
                yield Typed.truth(Comparing.holds(comparison.getOperator(), left, right));
            }
            case ALL_OF ->
                Typed.truth(expression.getAllOf().getItemsList().stream().allMatch(one -> holds(one, scope)));
            case ANY_OF ->
                Typed.truth(expression.getAnyOf().getItemsList().stream().anyMatch(one -> holds(one, scope)));
            case NEGATION -> Typed.truth(!holds(expression.getNegation(), scope));
            case IS_NULL ->
                Typed.truth(of(expression.getIsNull(), scope).literal().hasNone());
            case MEMBERSHIP -> Typed.truth(isMember(expression, scope));
            case COALESCE -> coalesce(expression, scope);
            case DROP_NONE -> dropNone(expression, scope);
            case LIST -> untypedList(expression, scope);
            default -> throw new IllegalStateException(expression.getKindCase() + " has no value here");
        };
    }

    private Typed untypedList(Expression expression, Scope scope) {
        ListLiteral.Builder list = ListLiteral.newBuilder();
        expression
                .getList()
                .getItemsList()
                .forEach(item -> list.addItems(of(item, scope).literal()));
        return Typed.constant(Literal.newBuilder().setList(list).build());
    }

    private Typed coalesce(Expression expression, Scope scope) {
        Typed last = Typed.constant(
                Literal.newBuilder().setNone(NoneValue.getDefaultInstance()).build());
        for (Expression item : expression.getCoalesce().getItemsList()) {
            last = of(item, scope);
            if (!last.literal().hasNone()) {
                Optional<Type> bare = last.type()
                        .map(type -> type.toBuilder().setNullable(false).build());
                return new Typed(last.literal(), bare);
            }
        }
        return last;
    }

    private Typed dropNone(Expression expression, Scope scope) {
        Typed all = of(expression.getDropNone(), scope);
        ListLiteral.Builder list = ListLiteral.newBuilder();
        items(all.literal()).stream().filter(item -> !item.hasNone()).forEach(list::addItems);
        Optional<Type> type = all.type().map(of -> {
            Type.Builder bare = of.toBuilder();
            bare.getListBuilder().getItemBuilder().setNullable(false);
            return bare.build();
        });
        return new Typed(Literal.newBuilder().setList(list).build(), type);
    }

    private boolean isMember(Expression expression, Scope scope) {
        Literal value = of(expression.getMembership().getValue(), scope).literal();
        Literal container = of(expression.getMembership().getContainer(), scope).literal();
        List<Literal> among = container.hasMap()
                ? container.getMap().getEntriesList().stream()
                        .map(MapEntry::getKey)
                        .toList()
                : items(container);
        return among.stream().anyMatch(item -> Comparing.areEqual(value, item));
    }

    /** The items of a list, packed or not, here or stored elsewhere. */
    List<Literal> items(Literal list) {
        Literal inline = list.hasReference() ? Offloading.load(list.getReference(), data) : list;
        return switch (inline.getKindCase()) {
            case LIST -> inline.getList().getItemsList();
            case SET -> inline.getSet().getItemsList();
            case INTS ->
                inline.getInts().getItemsList().stream()
                        .map(one -> Literal.newBuilder().setIntValue(one).build())
                        .toList();
            case FLOATS ->
                inline.getFloats().getItemsList().stream()
                        .map(one -> Literal.newBuilder().setFloatValue(one).build())
                        .toList();
            default -> throw new IllegalStateException("a list was expected");
        };
    }

    private Typed access(Expression expression, Scope scope) {
        Typed value = of(expression.getAccess().getOf(), scope);
        for (AccessStep step : expression.getAccess().getStepsList()) {
            Literal literal = value.literal().hasReference()
                    ? Offloading.load(value.literal().getReference(), data)
                    : value.literal();
            value = step(step, literal, value.type());
        }
        return value;
    }

    private Typed step(AccessStep step, Literal of, Optional<Type> type) {
        switch (step.getKindCase()) {
            case FIELD -> {
                for (NamedLiteral field : of.getRecord().getFieldsList()) {
                    if (field.getName().equals(step.getField())) {
                        return new Typed(field.getValue(), type.map(known -> fieldType(known, step.getField())));
                    }
                }
                throw new EvaluationException("KEY_MISSING", "there is no field " + step.getField());
            }
            case INDEX -> {
                List<Literal> items = new ArrayList<>(items(of));
                long index = step.getIndex() < 0 ? items.size() + step.getIndex() : step.getIndex();
                if (index < 0 || index >= items.size()) {
                    throw new EvaluationException(
                            "INDEX_OUT_OF_RANGE", "index " + step.getIndex() + " of " + items.size() + " items");
                }
                int at = (int) index;
                return new Typed(
                        items.get(at),
                        type.map(known -> known.hasTuple()
                                ? known.getTuple().getItems(at)
                                : known.getList().getItem()));
            }
            default -> {
                for (MapEntry entry : of.getMap().getEntriesList()) {
                    if (Comparing.areEqual(entry.getKey(), step.getKey())) {
                        return new Typed(
                                entry.getValue(),
                                type.map(known -> known.getMap().getValue()));
                    }
                }
                throw new EvaluationException("KEY_MISSING", "a key is not there");
            }
        }
    }

    private static Type fieldType(Type record, String name) {
        return record.getRecord().getFieldsList().stream()
                .filter(field -> field.getName().equals(name))
                .findFirst()
                .orElseThrow()
                .getType();
    }
}
