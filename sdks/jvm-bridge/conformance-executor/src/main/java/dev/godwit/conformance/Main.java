package dev.godwit.conformance;

import dev.godwit.idl.conformance.v1.Request;
import dev.godwit.idl.conformance.v1.Response;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** The program: answers one request after the other over standard input and output, until the input ends. */
public final class Main {
    private Main() {}

    /**
     * Runs the program.
     *
     * @param arguments none
     * @throws IOException the harness is gone, or what it sent is no request
     */
    public static void main(String[] arguments) throws IOException {
        InputStream requests = System.in;
        OutputStream responses = new BufferedOutputStream(new FileOutputStream(FileDescriptor.out));
        System.setOut(System.err); // what scenarios print is no answer
        System.setIn(InputStream.nullInputStream());
        Answers answers = new Answers();
        Request request = Request.parseDelimitedFrom(requests);
        while (request != null) {
            Response.Builder response = answers.to(request).setId(request.getId());
            response.build().writeDelimitedTo(responses);
            responses.flush();
            request = Request.parseDelimitedFrom(requests);
        }
    }
}
