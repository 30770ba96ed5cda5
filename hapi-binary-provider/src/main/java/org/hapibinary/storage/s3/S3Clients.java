/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage.s3;

import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.http.apache.ApacheHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.regions.providers.DefaultAwsRegionProviderChain;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;
import software.amazon.awssdk.services.s3.S3Configuration;
import software.amazon.awssdk.services.s3.presigner.S3Presigner;

/**
 * The two clients of a bucket (bulkheads): downloads use up no connection of the other calls.
 *
 * @param calls for everything but downloads
 * @param downloads for reads of parts of objects
 */
record S3Clients(S3Client calls, S3Client downloads) {

    /** Many, because each download holds a connection, mostly idle, for as long as its client takes. */
    private static final int CONNECTIONS = 1_000;

    private static final int OTHER_CONNECTIONS = 100;

    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration SILENCE_TIMEOUT = Duration.ofSeconds(30);
    private static final Duration FREE_CONNECTION_TIMEOUT = Duration.ofSeconds(1);

    /**
     * Builds the clients without a request to the store.
     *
     * @throws S3AccessException if there are no credentials, or no region
     */
    static S3Clients of(S3Settings settings) throws S3AccessException {
        S3ClientBuilder client = S3Client.builder()
                .credentialsProvider(credentials(settings.accessKey()))
                .region(region(settings))
                .forcePathStyle(settings.pathStyle())
                .httpClientBuilder(connections(OTHER_CONNECTIONS, SILENCE_TIMEOUT))
                .overrideConfiguration(configuration -> configuration.retryStrategy(new S3Retries()))
                // many stores do not support signed chunks, all support Content-MD5
                .serviceConfiguration(
                        S3Configuration.builder().chunkedEncodingEnabled(false).build());
        URI endpoint = settings.endpoint();
        if (endpoint != null) {
            client.endpointOverride(endpoint);
        }
        return new S3Clients(
                client.build(),
                client.httpClientBuilder(connections(CONNECTIONS, S3Objects.DOWNLOAD_TIMEOUT))
                        .build());
    }

    /**
     * Builds what signs URLs, without a request to the store.
     *
     * @throws S3AccessException if there are no credentials, or no region
     */
    static S3Presigner presigner(S3Settings settings) throws S3AccessException {
        S3Presigner.Builder presigner = S3Presigner.builder()
                .credentialsProvider(credentials(settings.accessKey()))
                .region(region(settings))
                .serviceConfiguration(S3Configuration.builder()
                        .pathStyleAccessEnabled(settings.pathStyle())
                        .build());
        URI endpoint = settings.endpoint();
        if (endpoint != null) {
            presigner.endpointOverride(endpoint);
        }
        return presigner.build();
    }

    private static ApacheHttpClient.Builder connections(int most, Duration silence) {
        return ApacheHttpClient.builder()
                .maxConnections(most)
                .connectionTimeout(CONNECT_TIMEOUT)
                .socketTimeout(silence)
                .connectionAcquisitionTimeout(FREE_CONNECTION_TIMEOUT)
                .tcpKeepAlive(true);
    }

    private static AwsCredentialsProvider credentials(S3Settings.@Nullable AccessKey accessKey)
            throws S3AccessException {
        if (accessKey != null) {
            return StaticCredentialsProvider.create(AwsBasicCredentials.create(accessKey.id(), accessKey.secret()));
        }
        DefaultCredentialsProvider environment =
                DefaultCredentialsProvider.builder().build();
        try {
            environment.resolveCredentials();
            return environment;
        } catch (SdkClientException e) {
            environment.close();
            throw new S3AccessException(S3AccessException.Cause.NO_CREDENTIALS, "There are no credentials", e);
        }
    }

    private static Region region(S3Settings settings) throws S3AccessException {
        if (settings.region() != null) {
            return Region.of(settings.region());
        }
        if (settings.endpoint() != null) {
            return Region.US_EAST_1;
        }
        try {
            return DefaultAwsRegionProviderChain.builder().build().getRegion();
        } catch (SdkClientException e) {
            throw new S3AccessException(S3AccessException.Cause.NO_REGION, "There is no region", e);
        }
    }
}
