using Akka.IO;
using Akka.Streams.Implementation.IO;
using Akka.Streams.Implementation.Stages;
using Akka.Streams.IO;

namespace Akka.Streams.Dsl;

public static class FileIO
{
    public static Source<ByteString, Task<IOResult>> FromFile(FileInfo f, int chunkSize = 8192, long startPosition = 0) =>
        StreamConverters.FromInputStream(
            () =>
            {
                var file = new FileStream(f.FullName, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0, useAsync: true);
                file.Position = startPosition;
                return file;
            },
            chunkSize);

    public static Sink<ByteString, Task<IOResult>> ToFile(
        FileInfo f, FileMode? fileMode = null, long startPosition = 0, bool autoFlush = false, FlushSignaler? flushSignaler = null) =>
        StreamConverters.ToStream(
            () =>
            {
                var file = new FileStream(
                    f.FullName, fileMode ?? FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 4096, useAsync: true);
                if (startPosition > 0)
                {
                    file.Position = startPosition;
                }

                return file;
            },
            autoFlush,
            flushSignaler);
}

/// <summary>Streams of the framework as sources and sinks. They are opened by the run and closed at its end.</summary>
public static class StreamConverters
{
    public static Source<ByteString, Task<IOResult>> FromInputStream(Func<Stream> createInputStream, int chunkSize = 8192) =>
        Source.FromGraph(StageOf.Source<ByteString, Task<IOResult>>("InputStreamSource", shape =>
        {
            var logic = new StreamSourceLogic(shape, createInputStream, chunkSize);
            return (logic, logic.Result);
        }));

    public static Sink<ByteString, Task<IOResult>> FromOutputStream(Func<Stream> createOutputStream, bool autoFlush = false) =>
        ToStream(createOutputStream, autoFlush, null);

    internal static Sink<ByteString, Task<IOResult>> ToStream(Func<Stream> open, bool autoFlush, FlushSignaler? flushSignaler) =>
        Sink.FromGraph(StageOf.Sink<ByteString, Task<IOResult>>("OutputStreamSink", shape =>
        {
            var logic = new StreamSinkLogic(shape, open, autoFlush);
            flushSignaler?.Listen(logic.RequestFlush);
            return (logic, logic.Result);
        }));
}
