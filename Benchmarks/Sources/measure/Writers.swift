internal import Glibc

/// A writer on each volume, as children of this process that end with it.
final class Writers {
    private var writers: [(pid: pid_t, question: Int32, answer: Int32)] = []

    init(on volumes: [String]) throws {
        for volume in volumes {
            let question = try makePipe(), answer = try makePipe()
            let pid = try spawn(
                ownFolder() + "/writer", ["\(volume)/writer"], input: question.reader, output: answer.writer)
            close(question.reader)
            close(answer.writer)
            writers.append((pid, question.writer, answer.reader))
        }
    }

    /// The longest write of any volume since the last question, in milliseconds.
    func longest() throws -> Double {
        var result = 0.0
        for writer in writers {
            var byte: UInt8 = 10
            guard write(writer.question, &byte, 1) == 1 else { throw BenchmarkError("a writer is gone") }
        }
        for writer in writers {
            var one = pollfd(fd: writer.answer, events: Int16(POLLIN), revents: 0)
            var buffer = [UInt8](repeating: 0, count: 128)
            guard poll(&one, 1, 20_000) == 1 else { throw BenchmarkError("a writer does not come back") }
            let count = read(writer.answer, &buffer, buffer.count)
            let fields = String(decoding: buffer.prefix(max(0, count)), as: UTF8.self).split(
                whereSeparator: \.isWhitespace)
            guard fields.count == 2, let longest = Double(fields[0]), let number = Int(fields[1]), number > 0 else {
                throw BenchmarkError("a writer has not written")
            }
            result = max(result, longest)
        }
        return result
    }

    /// The longest write while `body` runs, and its result.
    func duringStall<Value>(_ body: () throws -> Value) throws -> (stallMs: Double, value: Value) {
        usleep(150_000)
        _ = try longest()
        usleep(30_000)
        let value = try body()
        usleep(50_000)
        return (try longest(), value)
    }

    func stop() {
        for writer in writers {
            close(writer.question)
            close(writer.answer)
            waitpid(writer.pid, nil, 0)
        }
        writers = []
    }

    deinit { stop() }
}
