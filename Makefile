# The three targets that people try first; the scripts do the work.
.PHONY: build run test
build:
	dotnet build AkkaDfs.sln -c Release --nologo
run:
	./cluster-up.sh
test:
	./test.sh
