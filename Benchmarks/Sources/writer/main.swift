// Writes 4 KiB and syncs it every 5 ms into a file on a volume, and answers each line on standard input with the longest
// write so far in milliseconds and the number of writes; then it counts anew. Ends with its standard input.
//
//     writer FILE
internal import Glibc

let interval: Int64 = 5_000_000
let blockSize = 4096, blocks = 1024

func now() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}

func answer(_ text: String) { _ = write(STDOUT_FILENO, text, text.utf8.count) }

guard CommandLine.arguments.count == 2 else { exit(64) }
let file = open(CommandLine.arguments[1], O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
guard file >= 0 else { exit(1) }
var block = [UInt8](repeating: 0, count: blockSize)
var written = 0, longest: Int64 = 0, count = 0
var next = now()
while true {
    // Waiting for the next write is waiting for the reader's question, too.
    var input = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
    let patience = min(interval, max(0, next - now()))
    if poll(&input, 1, Int32((patience + 999_999) / 1_000_000)) > 0 {
        var byte: UInt8 = 0
        if read(STDIN_FILENO, &byte, 1) != 1 { break }
        answer("\(Double(longest) / 1e6) \(count)\n")
        longest = 0
        count = 0
        continue
    }
    if now() < next { continue }
    block[written % blockSize] = block[written % blockSize] &+ 1
    let start = now()
    guard pwrite(file, block, blockSize, off_t(written % blocks * blockSize)) == blockSize, fsync(file) == 0 else {
        exit(1)
    }
    let end = now()
    longest = max(longest, end - start)
    written += 1
    count += 1
    next = max(next + interval, end)
}
