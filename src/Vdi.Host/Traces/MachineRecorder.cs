using System.Net.Sockets;
using System.Text;
using Vdi.Emulator;
using Vdi.Protocol;

namespace Vdi.Host.Traces;

/// <summary>The command's side: has the server that runs over a state folder record one of its machines; see <see cref="RecordingDoor"/>.</summary>
public static class MachineRecorder
{
    /// <summary>Records into <paramref name="file"/>, which is there whole or not at all; returns why the recording ended.</summary>
    /// <param name="progress">Told how many bytes there are so far.</param>
    /// <exception cref="ProtocolException">No server runs, or it refuses, or it leaves in the middle.</exception>
    public static async Task<string> RecordAsync(StateFolder state, RecordingRequest request, string file, IProgress<long> progress, CancellationToken stop)
    {
        using var line = new RecordingLine(await ConnectAsync(state, stop));
        await line.AskAsync(request, stop);
        var why = "";
        await TraceFile.WriteAsync(file, async trace =>
        {
            while (true)
            {
                var (kind, body) = await line.ReadAsync(stop);
                switch (kind)
                {
                    case RecordingPiece.Trace:
                        await trace.WriteAsync(body, stop);
                        await trace.FlushAsync(stop);
                        progress.Report(trace.Length);
                        break;
                    case RecordingPiece.End:
                        why = Encoding.UTF8.GetString(body);
                        return;
                    case RecordingPiece.Refusal:
                        throw new ProtocolException(Encoding.UTF8.GetString(body));
                    default:
                        throw new ProtocolException($"recording: unknown piece {(byte)kind}; are server and command of one version?");
                }
            }
        });
        return why;
    }

    private static async Task<Socket> ConnectAsync(StateFolder state, CancellationToken stop)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(RecordingLine.PathIn(state)), stop);
            return socket;
        }
        catch (Exception e)
        {
            socket.Dispose();
            throw e is SocketException ? new ProtocolException($"No Vdi server that this user may ask runs over {state.Root}: start it, run this as its user, or set VDI_STATE to its folder") : e;
        }
    }
}
