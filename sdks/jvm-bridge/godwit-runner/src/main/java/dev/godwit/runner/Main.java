package dev.godwit.runner;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;

/**
 * The runner's program. With {@code --fd 0} it speaks {@code runner/v1} over the socket that is its standard input; with
 * {@code --once} it keeps the file contract.
 */
public final class Main {
    /** What runs, as a runner says it of itself. */
    static final String SDK = "godwit-jvm/0.1.0 java/" + Runtime.version();

    private static final int WRONG_ARGUMENTS = 2;
    private static final int FAILED = 1;

    private Main() {}

    /**
     * Runs the program, and ends the process.
     *
     * @param arguments of the program
     */
    public static void main(String[] arguments) {
        int status = run(List.of(arguments));
        if (Termination.isUnderWay()) {
            return; // the process ends already, by the signal's status
        }
        Termination.finished();
        System.out.flush();
        System.err.flush();
        System.exit(status); // also when task code has left threads behind
    }

    private static int run(List<String> given) {
        try {
            Arguments arguments = Arguments.read(given);
            return arguments.once() ? once(arguments) : stream(arguments);
        } catch (Arguments.WrongArguments error) {
            System.err.println("godwit-runner: " + error.getMessage());
            return WRONG_ARGUMENTS;
        }
    }

    private static int once(Arguments arguments) throws Arguments.WrongArguments {
        System.setIn(InputStream.nullInputStream());
        Once attempt = new Once(arguments, System.getenv());
        Termination.interruptHere();
        try {
            return attempt.run();
        } catch (IOException error) {
            System.err.println("godwit-runner: the result cannot be written: " + error);
            return FAILED;
        }
    }

    /** One descriptor both ways: what is standard input elsewhere is a socket here. */
    private static int stream(Arguments arguments) {
        FileInputStream source = new FileInputStream(FileDescriptor.in);
        FileOutputStream sink = new FileOutputStream(FileDescriptor.in);
        System.setIn(InputStream.nullInputStream());
        LogFile log = new LogFile(arguments.value("log-name").orElse(""));
        Termination.interruptHere();
        try {
            new StreamRunner(sink, log).serve(source);
            return 0;
        } catch (IOException error) {
            return isDisconnected(error) ? 0 : failed(error);
        } catch (InterruptedException error) {
            return FAILED;
        }
    }

    private static int failed(IOException error) {
        System.err.println("godwit-runner: " + error.getMessage());
        return FAILED;
    }

    /** Whether the backend is gone, and with it whoever would read the result. */
    private static boolean isDisconnected(IOException error) {
        String reason = String.valueOf(error.getMessage());
        return reason.contains("Broken pipe") || reason.contains("Connection reset");
    }
}
