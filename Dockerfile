# pare in a container: docker build -t pare . && docker run --rm -v "$PWD":/pare pare train glyphs
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source
COPY . .
RUN dotnet publish src/Pare.Cli --configuration Release --output /pare

FROM mcr.microsoft.com/dotnet/runtime:10.0
COPY --from=build /pare /opt/pare
WORKDIR /pare
ENTRYPOINT ["dotnet", "/opt/pare/Pare.Cli.dll"]
