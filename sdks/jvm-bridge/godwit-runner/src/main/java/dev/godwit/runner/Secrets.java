package dev.godwit.runner;

import dev.godwit.errors.GodwitException;
import dev.godwit.idl.core.v1.Secret;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** The secrets that a task declares: from variables of the environment, then from files, as every runner finds them. */
final class Secrets {
    private static final String FOLDER_VARIABLE = "GODWIT_SECRETS_FOLDER";
    private static final String DEFAULT_FOLDER = "/run/secrets";
    private static final Pattern OTHER = Pattern.compile("[^A-Z0-9]");

    private final List<Secret> declared;
    private final Map<String, String> environment;

    /**
     * Secrets of a task.
     *
     * @param declared by its spec
     * @param environment of the process
     */
    Secrets(List<Secret> declared, Map<String, String> environment) {
        this.declared = declared;
        this.environment = environment;
    }

    /**
     * The value of a declared secret.
     *
     * @param name its name
     * @return the value
     * @throws GodwitException it is not declared, nobody has it, or it cannot be read
     */
    String get(String name) {
        Secret secret = declared.stream()
                .filter(one -> one.getName().equals(name))
                .findFirst()
                .orElseThrow(() -> unknown("Secret " + name + " is not declared by this task.", "Declare it."));
        return ofEnvironment(secret)
                .or(() -> ofFile(secret))
                .orElseThrow(() -> unknown(
                        "Nobody has the secret " + name + ".",
                        "Set " + variable(secret) + ", or put it into a file below " + folder() + "."));
    }

    /**
     * The variables that the task's spec wants secrets in.
     *
     * @param variable name of a variable
     * @return the value; empty where no secret is to be in it
     */
    Optional<String> inVariable(String variable) {
        return declared.stream()
                .filter(one -> one.getEnvironmentVariable().equals(variable))
                .findFirst()
                .map(one -> get(one.getName()));
    }

    private Optional<String> ofEnvironment(Secret secret) {
        return Optional.ofNullable(environment.get(variable(secret)));
    }

    private static String variable(Secret secret) {
        String group = secret.getGroup().isEmpty() ? "" : secret.getGroup() + "_";
        String name = ("GODWIT_SECRET_" + group + secret.getName()).toUpperCase(Locale.ROOT);
        return OTHER.matcher(name).replaceAll("_");
    }

    private Path folder() {
        String said = environment.getOrDefault(FOLDER_VARIABLE, "");
        return Path.of(said.isEmpty() ? DEFAULT_FOLDER : said);
    }

    private Optional<String> ofFile(Secret secret) {
        Path folder = secret.getGroup().isEmpty() ? folder() : folder().resolve(checked(secret.getGroup()));
        Path path = folder.resolve(checked(secret.getName()));
        try {
            String text = Files.readString(path, StandardCharsets.UTF_8);
            text = text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
            return Optional.of(text.endsWith("\r") ? text.substring(0, text.length() - 1) : text);
        } catch (NoSuchFileException error) {
            return Optional.empty();
        } catch (CharacterCodingException error) {
            throw unreadable(secret, path, "it is not UTF-8 text");
        } catch (IOException error) {
            throw unreadable(secret, path, error.getClass().getSimpleName());
        }
    }

    private static String checked(String part) {
        if (part.isEmpty() || part.equals(".") || part.equals("..") || part.matches(".*[/\\\\\0].*")) {
            throw unknown("Name and group of a secret are plain file names, not '" + part + "'.", "");
        }
        return part;
    }

    private static GodwitException unknown(String message, String hint) {
        return new GodwitException("SECRET_NOT_FOUND", message, hint);
    }

    private static GodwitException unreadable(Secret secret, Path path, String reason) {
        String message = "The secret " + secret.getName() + " cannot be read from " + path + ": " + reason + ".";
        return new GodwitException("SECRET_UNREADABLE", message, "Check the file's permissions and content.");
    }
}
