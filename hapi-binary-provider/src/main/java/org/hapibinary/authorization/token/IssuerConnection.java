/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization.token;

import com.nimbusds.oauth2.sdk.GeneralException;
import com.nimbusds.oauth2.sdk.as.AuthorizationServerMetadata;
import com.nimbusds.oauth2.sdk.http.HTTPRequest;
import com.nimbusds.oauth2.sdk.http.HTTPResponse;
import com.nimbusds.oauth2.sdk.id.Issuer;
import com.nimbusds.openid.connect.sdk.op.OIDCProviderMetadata;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ProxySelector;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Sends all HTTP requests to OAuth servers. A call takes {@link #TIME} at most, reads {@link #MAX_BYTES} at most, and
 * follows no redirects.
 */
final class IssuerConnection {

    static final Duration TIME = Duration.ofSeconds(5);

    private static final Duration CONNECT_TIME = Duration.ofSeconds(2);
    private static final int MAX_BYTES = 512 * 1024;

    private final boolean allowHttp;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(CONNECT_TIME)
            .proxy(ProxySelector.getDefault())
            .build();

    /** @param allowHttp whether requests to other hosts may go without TLS */
    IssuerConnection(boolean allowHttp) {
        this.allowHttp = allowHttp;
    }

    /**
     * Reads a part of an issuer's metadata, by RFC 8414, else by OpenID Connect Discovery.
     *
     * @param part reads it from the metadata; null if the metadata does not have it
     * @throws IOException if neither document can be read and has that part
     */
    <T> T fromMetadata(String issuer, Function<AuthorizationServerMetadata, @Nullable T> part) throws IOException {
        Issuer id = new Issuer(issuer);
        IOException failure =
                new IOException("The metadata of " + issuer + " cannot be fetched, or lacks what is needed");
        for (Discovery discovery : List.<Discovery>of(
                new Discovery(AuthorizationServerMetadata::resolveURL, AuthorizationServerMetadata::parse),
                new Discovery(OIDCProviderMetadata::resolveURL, OIDCProviderMetadata::parse))) {
            try {
                AuthorizationServerMetadata metadata =
                        discovery.parser.parse(get(discovery.address.of(id).toURI()));
                if (!id.equals(metadata.getIssuer())) {
                    throw new IOException("The metadata is of another issuer: " + metadata.getIssuer());
                }
                T found = part.apply(metadata);
                if (found != null) {
                    return found;
                }
            } catch (GeneralException | URISyntaxException | IOException | RuntimeException e) {
                failure.addSuppressed(e);
            }
        }
        throw failure;
    }

    /**
     * Gets a JSON document.
     *
     * @throws IOException if there is none, or it is longer than {@link #MAX_BYTES}
     */
    String get(URI uri) throws IOException {
        HttpResponse<byte[]> answer = send(HttpRequest.newBuilder(checked(uri)).header("Accept", "application/json"));
        if (answer.statusCode() != HTTPResponse.SC_OK) {
            throw new IOException(uri + " answers " + answer.statusCode());
        }
        return text(answer);
    }

    /** Sends a request that is safe to repeat. */
    HTTPResponse send(HTTPRequest request) throws IOException {
        HttpRequest.Builder sent = HttpRequest.newBuilder(checked(request.getURI()))
                .method(request.getMethod().name(), BodyPublishers.ofString(request.getBody()));
        request.getHeaderMap().forEach((name, values) -> values.forEach(value -> sent.header(name, value)));
        HttpResponse<byte[]> answer = send(sent);
        HTTPResponse response = new HTTPResponse(answer.statusCode());
        answer.headers().firstValue("Content-Type").ifPresent(type -> response.setHeader("Content-Type", type));
        response.setBody(text(answer));
        return response;
    }

    private static String text(HttpResponse<byte[]> answer) {
        return new String(answer.body(), StandardCharsets.UTF_8);
    }

    private URI checked(URI uri) throws IOException {
        if (!IssuerUrl.isHttp(uri) || (!allowHttp && IssuerUrl.isOpenToOthers(uri))) {
            throw new IOException(
                    uri + " is not asked: it is not https, and hapi.binary.authorization.allow-http is off");
        }
        return uri;
    }

    /** Tries once more after a failure, because an idle connection may just have been closed by the server. */
    private HttpResponse<byte[]> send(HttpRequest.Builder request) throws IOException {
        long deadline = System.nanoTime() + TIME.toNanos();
        try {
            return send(request.build(), TIME.toNanos());
        } catch (AnswerException e) {
            throw e;
        } catch (IOException e) {
            return send(request.build(), deadline - System.nanoTime());
        }
    }

    private HttpResponse<byte[]> send(HttpRequest request, long nanos) throws IOException {
        CompletableFuture<HttpResponse<byte[]>> answer = http.sendAsync(request, head -> new Limited());
        try {
            return answer.get(nanos, TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            answer.cancel(true);
            throw new AnswerException(request.uri() + " has not answered in " + TIME.toSeconds() + " s");
        } catch (InterruptedException e) {
            answer.cancel(true);
            Thread.currentThread().interrupt();
            throw new InterruptedIOException();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof AnswerException tooLong) {
                throw tooLong;
            }
            throw new IOException(request.uri() + " cannot be asked: " + e.getCause(), e.getCause());
        }
    }

    private record Discovery(Address address, Parser parser) {

        private interface Address {
            URL of(Issuer issuer) throws GeneralException;
        }

        private interface Parser {
            AuthorizationServerMetadata parse(String json) throws GeneralException;
        }
    }

    /** A failure that another try will not cure. */
    private static final class AnswerException extends IOException {

        private static final long serialVersionUID = 1L;

        AnswerException(String message) {
            super(message);
        }
    }

    /** Reads a body up to the maximum length. */
    private static final class Limited implements BodySubscriber<byte[]> {

        private final CompletableFuture<byte[]> body = new CompletableFuture<>();
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private Flow.@Nullable Subscription subscription;

        @Override
        public CompletionStage<byte[]> getBody() {
            return body;
        }

        @Override
        public void onSubscribe(Flow.Subscription started) {
            subscription = started;
            started.request(1);
        }

        @Override
        public void onNext(List<ByteBuffer> buffers) {
            for (ByteBuffer buffer : buffers) {
                byte[] some = new byte[buffer.remaining()];
                buffer.get(some);
                bytes.writeBytes(some);
            }
            if (subscription == null) {
                return;
            }
            if (bytes.size() > MAX_BYTES) {
                subscription.cancel();
                body.completeExceptionally(new AnswerException("An answer of more than " + MAX_BYTES + " bytes"));
            } else {
                subscription.request(1);
            }
        }

        @Override
        public void onError(Throwable failure) {
            body.completeExceptionally(failure);
        }

        @Override
        public void onComplete() {
            body.complete(bytes.toByteArray());
        }
    }
}
