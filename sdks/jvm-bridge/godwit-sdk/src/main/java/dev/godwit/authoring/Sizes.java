package dev.godwit.authoring;

import java.math.BigDecimal;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sizes as people write them: {@code 512Mi}, {@code 2G}. */
final class Sizes {
    private static final Pattern SIZE = Pattern.compile("(\\d+(?:\\.\\d+)?)([KMGT]i?)?B?");
    private static final Map<String, Long> UNITS = Map.of(
            "K",
            1000L,
            "M",
            1000_000L,
            "G",
            1000_000_000L,
            "T",
            1000_000_000_000L,
            "Ki",
            1L << 10,
            "Mi",
            1L << 20,
            "Gi",
            1L << 30,
            "Ti",
            1L << 40);

    private Sizes() {}

    static long bytes(String size) {
        Matcher matcher = SIZE.matcher(size);
        try {
            if (matcher.matches()) {
                long unit = matcher.group(2) == null ? 1 : UNITS.get(matcher.group(2));
                return new BigDecimal(matcher.group(1))
                        .multiply(BigDecimal.valueOf(unit))
                        .longValueExact();
            }
        } catch (ArithmeticException error) {
            throw refused(size, error);
        }
        throw refused(size, null);
    }

    private static DeclarationException refused(String size, ArithmeticException cause) {
        return new DeclarationException(
                "INVALID_SETTING",
                "Expected a size, such as 512Mi or 2G, got " + size + ".",
                "Write whole bytes.",
                cause);
    }
}
