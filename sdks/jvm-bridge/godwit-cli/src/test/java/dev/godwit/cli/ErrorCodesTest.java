package dev.godwit.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every code that authoring raises stands in the page on it. */
class ErrorCodesTest {
    private static final Path ROOT = Path.of(System.getProperty("godwit.root"));
    private static final List<String> FOLDERS =
            List.of("godwit-sdk/src/main/java/dev/godwit/authoring", "godwit-testing/src", "godwit-cli/src/main");
    private static final Pattern CODE = Pattern.compile("new (?:Declaration|Godwit)Exception\\(\\s*\"([A-Z][A-Z_]+)\"");

    @Test
    void everyCodeIsDocumented() throws IOException {
        String page = Files.readString(ROOT.resolve("docs/jvm_authoring.md"));
        TreeSet<String> missing = new TreeSet<>();
        int found = 0;
        for (String folder : FOLDERS) {
            try (Stream<Path> files = Files.walk(ROOT.resolve("sdks/jvm-bridge").resolve(folder))) {
                for (Path file :
                        files.filter(one -> one.toString().endsWith(".java")).toList()) {
                    Matcher matcher = CODE.matcher(Files.readString(file));
                    while (matcher.find()) {
                        found++;
                        if (!page.contains("`" + matcher.group(1) + "`")) {
                            missing.add(matcher.group(1));
                        }
                    }
                }
            }
        }
        assertTrue(found > 20, "codes are found");
        assertEquals(new TreeSet<>(), missing);
    }
}
