package dev.godwit.json;

import java.util.Comparator;
import java.util.List;

/** Finds what somebody may have meant. */
public final class NearestName {
    private NearestName() {}

    /**
     * A hint that names the nearest of some names.
     *
     * @param name what was written
     * @param known what there is
     * @return {@code Did you mean …?}; empty where none is near
     */
    public static String hint(String name, List<String> known) {
        return known.stream()
                .filter(one -> distance(name, one) <= Math.max(one.length(), name.length()) / 3)
                .min(Comparator.comparingInt(one -> distance(name, one)))
                .map(one -> "Did you mean " + one + "?")
                .orElse("");
    }

    /** How many characters differ, are more or are fewer. */
    private static int distance(String left, String right) {
        int[] above = new int[right.length() + 1];
        for (int j = 0; j <= right.length(); j++) {
            above[j] = j;
        }
        for (int i = 1; i <= left.length(); i++) {
            int[] row = new int[right.length() + 1];
            row[0] = i;
            for (int j = 1; j <= right.length(); j++) {
                int replaced = above[j - 1] + (left.charAt(i - 1) == right.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(replaced, Math.min(above[j], row[j - 1]) + 1);
            }
            above = row;
        }
        return above[right.length()];
    }
}
