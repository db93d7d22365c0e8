package dev.godwit.cli;

import dev.godwit.authoring.Callee;
import dev.godwit.authoring.DeclaredEntities.Held;
import dev.godwit.cli.Main.WrongArguments;
import dev.godwit.errors.GodwitException;
import dev.godwit.idl.core.v1.Input;
import dev.godwit.idl.core.v1.NamedLiteral;
import dev.godwit.idl.core.v1.NamedLiterals;
import dev.godwit.idl.core.v1.Output;
import dev.godwit.json.JsonText;
import dev.godwit.json.NearestName;
import dev.godwit.json.ValueJson;
import dev.godwit.testing.InPlace;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;

/** Runs something in place. */
final class Run {
    private Run() {}

    static void run(Deque<String> arguments, PrintStream out) {
        Path source = Path.of(Serialize.next(arguments, "run"));
        String name = Serialize.next(arguments, "run");
        Callee<?, ?> callee = (Callee<?, ?>) find(Sources.of(source), name).entity();
        NamedLiterals outputs = InPlace.temporary().run(callee, inputs(callee, arguments));
        print(callee, outputs, out);
    }

    private static Held find(Sources sources, String name) {
        List<Held> found = sources.declared().find(name);
        if (found.size() == 1) {
            return found.get(0);
        }
        List<String> known = sources.declared().all().stream()
                .map(one -> one.entity().name())
                .toList();
        if (found.isEmpty()) {
            throw new GodwitException(
                    "UNKNOWN_ENTITY",
                    sources.path() + " declares no " + name + ", but " + String.join(", ", known) + ".",
                    NearestName.hint(name, known));
        }
        throw new GodwitException(
                "UNKNOWN_ENTITY",
                name + " is the name of " + found.size() + " entities.",
                "Give the full name of one.");
    }

    private static NamedLiterals inputs(Callee<?, ?> callee, Deque<String> arguments) {
        Map<String, Input> known = new TreeMap<>();
        callee.signature().declared().getInputsList().forEach(input -> known.put(input.getName(), input));
        NamedLiterals.Builder given = NamedLiterals.newBuilder();
        while (!arguments.isEmpty()) {
            String option = arguments.poll();
            Input input = option.startsWith("--") ? known.get(option.substring(2)) : null;
            if (input == null) {
                throw new WrongArguments("unexpected " + option + "; inputs of " + callee.name() + ": "
                        + String.join(", ", known.keySet()));
            }
            given.addValues(NamedLiteral.newBuilder()
                    .setName(input.getName())
                    .setValue(ValueJson.ofText(Serialize.next(arguments, option), input.getType())));
        }
        return given.build();
    }

    private static void print(Callee<?, ?> callee, NamedLiterals outputs, PrintStream out) {
        StringJoiner lines = new StringJoiner(",\n  ", "{\n  ", "\n}");
        lines.setEmptyValue("{}");
        List<Output> declared = callee.signature().declared().getOutputsList();
        for (int i = 0; i < declared.size(); i++) {
            String json = JsonText.write(ValueJson.toJson(
                    outputs.getValues(i).getValue(), declared.get(i).getType()));
            lines.add(JsonText.quote(declared.get(i).getName()) + ": " + json);
        }
        out.println(lines);
    }
}
